"""`playhead transcribe` that was stopped while it uploaded, and the same command again."""

from pathlib import Path

import pytest

from playhead.cli.exit_codes import FAILED, INTERRUPTED, REFUSED, TAKEN_OVER
from tests.unit.cli.upload_server import OK, WAV, Cut, Server, playhead, refusal

CONTENT = WAV + bytes(100_000 - len(WAV))
HALF = Cut(63_500, "ctrl-c")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.usefixtures("interruptible")
def test_same_command_goes_on_after_ctrl_c(talk: Path, notes: Path) -> None:
    server = Server(chunks=[HALF])
    stopped = playhead(server, "transcribe", talk)
    assert (stopped.exit_code, stopped.stdout) == (INTERRUPTED, "")
    assert stopped.stderr == "Uploading talk.wav\nRun the same command again to go on from 63 %.\n"
    answer = playhead(server, "transcribe", talk, "--format", "srt")
    assert (answer.exit_code, answer.stdout) == (0, "the words of talk.wav\n")
    assert (server.sizes, server.sent) == ([100_000, 36_500], ["talk.wav"])
    assert server.stored["talk.wav"] == CONTENT
    assert not list(notes.iterdir())


@pytest.mark.parametrize("change", [("--language", "de"), ("--token", "ph_2")], ids=["option", "person"])
@pytest.mark.usefixtures("interruptible")
def test_other_command_begins_anew(talk: Path, change: tuple[str, str]) -> None:
    server = Server(chunks=[HALF])
    playhead(server, "transcribe", talk)
    assert playhead(server, "transcribe", talk, *change).exit_code == 0
    assert (server.sizes, len(server.metadata)) == ([100_000, 100_000], 2)


@pytest.mark.usefixtures("interruptible")
def test_standard_input_that_is_stopped_leaves_nothing(notes: Path) -> None:
    server = Server(chunks=[HALF])
    stopped = playhead(server, "transcribe", "-", stdin=CONTENT)
    assert stopped.exit_code == INTERRUPTED
    assert stopped.stderr.endswith("Stopped before the file was uploaded; nothing was made.\n")
    assert (server.deleted, notes.exists()) == ({"recording.wav"}, False)


@pytest.mark.usefixtures("interruptible")
def test_several_files_go_on_with_the_one_that_was_stopped(talk: Path, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(WAV)
    server = Server(chunks=[Cut(len(WAV), OK), HALF])
    command = ["transcribe", tmp_path / "a.wav", talk, "--beside"]
    stopped = playhead(server, *command)
    assert stopped.exit_code == INTERRUPTED
    assert "Run the same command again to go on from 63 %." in stopped.stderr
    assert playhead(server, *command).exit_code == 0
    assert server.stored["talk.wav"] == CONTENT
    assert server.sizes[-1] == 36_500


def test_refusal_in_between_says_how_it_goes_on(talk: Path) -> None:
    server = Server(chunks=[Cut(63_500, refusal(507, "There is no room left."))])
    answer = playhead(server, "transcribe", talk)
    assert answer.exit_code == REFUSED
    assert answer.stderr.endswith("There is no room left. Run the same command again to go on from 63 %.\n")


@pytest.mark.parametrize("status", [403, 413])
def test_refusal_before_the_first_byte_is_its_sentence_alone(talk: Path, status: int) -> None:
    server = Server({"talk.wav": [refusal(status, "It would take more than your 50 GB.")]})
    answer = playhead(server, "transcribe", talk)
    assert (answer.exit_code, server.sizes) == (REFUSED, [])
    assert answer.stderr == "Uploading talk.wav\nIt would take more than your 50 GB.\n"


def test_older_of_two_commands_ends_with_a_code_of_its_own(talk: Path, notes: Path) -> None:
    def take_over() -> None:
        (note,) = notes.iterdir()
        note.write_text('{"session": "talk.wav", "run": "newer"}')

    server = Server(chunks=[Cut(63_500, take_over)])
    answer = playhead(server, "transcribe", talk)
    assert (answer.exit_code, answer.stdout) == (TAKEN_OVER, "")
    assert answer.stderr.endswith("Another command goes on with this upload.\n")


def test_upload_that_is_canceled_meanwhile_is_a_failure(talk: Path) -> None:
    answer = playhead(Server(chunks=[Cut(63_500, "gone")]), "transcribe", talk)
    assert answer.exit_code == FAILED
    assert answer.stderr.endswith("The upload is not there any more: it was canceled or deleted.\n")
