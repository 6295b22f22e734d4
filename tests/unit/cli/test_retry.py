"""`playhead retry`: a session transcribed again, with other options."""

import json

import httpx
import pytest

from playhead.cli.exit_codes import FAILED, REFUSED, UNREACHABLE
from tests.unit.cli.rude_server import status
from tests.unit.cli.upload_server import Server, playhead, refusal


@pytest.mark.parametrize("session", ["17", "http://here/sessions/17", "http://here/sessions/17/"])
def test_retry_begins_with_its_options_and_prints_the_new_text(session: str) -> None:
    server = Server()
    answer = playhead(server, "retry", session, "--track", "2", "--language", "auto", "--format", "srt")
    assert (answer.exit_code, answer.stdout) == (0, "the words of 17\n")
    begun, followed, read = server.requests
    assert (begun.url.path, json.loads(begun.content)) == (
        "/api/v1/sessions/17/retry",
        {"track": 2, "language": "auto"},
    )
    assert followed.headers["Last-Event-ID"] == "1", "a status from before is not taken for the new one"
    assert read.url.params["format"] == "srt"


@pytest.mark.parametrize("state", ["failed", "canceled"])
def test_retry_without_a_text_has_the_message_and_an_exit_code(state: str) -> None:
    message, error = "It has no sound. The text of before is kept.", {"message": "It has no sound."}
    failed = playhead(Server(finals={"17": status(9, state, message=message, error=error)}), "retry", "17")
    assert (failed.exit_code, failed.stdout) == (FAILED, "")
    assert failed.stderr.endswith(f"{message}\n")


def test_retry_that_is_refused_has_a_sentence_and_an_exit_code() -> None:
    refused = playhead(lambda _: refusal(409, "It is not over."), "retry", "17")
    assert (refused.exit_code, refused.stderr) == (REFUSED, "It is not over.\n")


def away(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("session", "server"),
    [
        ("17", "http://here"),
        ("https://there:8443/sessions/17?t=5", "https://there:8443"),
        ("http://there/playhead/sessions/17/", "http://there/playhead"),
    ],
)
def test_retry_goes_to_the_server_of_an_address(session: str, server: str) -> None:
    answer = playhead(away, "retry", session, "--server", "http://here/")
    assert (answer.exit_code, answer.stderr) == (UNREACHABLE, f"The server at {server} cannot be reached.\n")
