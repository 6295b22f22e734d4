"""The token of commands: as it was copied, refused before it is sent, or left out."""

import pytest
from click.testing import CliRunner, Result

from playhead.cli import main
from playhead.cli.canary_round import connect as connect_canary
from playhead.cli.server import Connect, connect

SITE = "http://127.0.0.1:1"
COMMANDS = (["transcribe", __file__], ["retry", "an-id"], ["canary", "--once", SITE], ["doctor", SITE])


def ended(command: list[str], token: str) -> Result:
    return CliRunner().invoke(main, command, env={"PLAYHEAD_TOKEN": token, "PLAYHEAD_SERVER": SITE})


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("token", ["ph_a b", "ph_a\nX: b", "ph_ä", "“ph_a”"])
def test_token_that_none_can_be_is_refused(command: list[str], token: str) -> None:
    result = ended(command, token)
    assert (result.exit_code, "Copy it again" in result.output) == (2, True), result.output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_token_is_taken_with_the_line_end_of_its_copy(command: list[str]) -> None:
    result = ended(command, " ph_a-B_9\n")
    assert (result.exit_code, "Copy it again" in result.output) == (3, False), result.output


@pytest.mark.parametrize("make", [connect, connect_canary])
def test_request_without_a_token_has_no_such_header(make: Connect) -> None:
    assert "Authorization" not in make(SITE, "").headers
    assert make(SITE, "ph_a").headers["Authorization"] == "Bearer ph_a"


@pytest.mark.parametrize("command", COMMANDS[:3], ids=lambda command: command[0])
def test_missing_token_is_a_sentence_before_anything_is_sent(command: list[str]) -> None:
    result = ended(command, "")
    assert (result.exit_code, "`playhead user token EMAIL" in result.output) == (2, True), result.output


def test_doctor_does_without_a_token() -> None:
    assert ended(COMMANDS[3], "").exit_code == 3
