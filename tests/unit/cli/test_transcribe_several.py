"""`playhead transcribe` with several files, a folder and standard input."""

import errno
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from playhead.cli.batch import Batch
from playhead.cli.exit_codes import FAILED, INTERRUPTED, REFUSED, UNREACHABLE
from playhead.cli.recordings import Recording
from playhead.cli.screen import FileProgress, Screen, until
from playhead.cli.server import Session
from playhead.cli.site import Site
from playhead.cli.texts import Printed
from playhead.errors import Problem
from tests.unit.cli.rude_server import status
from tests.unit.cli.upload_server import WAV, Server, playhead, refusal


@pytest.fixture
def memos(tmp_path: Path) -> Path:
    folder = tmp_path / "memos"
    folder.mkdir()
    for name in ("a.wav", "b 2026.11.28.wav", "c.wav"):
        (folder / name).write_bytes(WAV)
    return folder


def test_folder_is_printed_with_headings(memos: Path) -> None:
    answer = playhead(Server(), "transcribe", memos)
    assert answer.exit_code == 0, answer.stderr
    assert answer.stdout == "\n".join(
        f"==> {memos}/{name} <==\nthe words of {name}\n" for name in ("a.wav", "b 2026.11.28.wav", "c.wav")
    )
    assert f"{memos}/a.wav: Uploading\n" in answer.stderr


@pytest.mark.parametrize("beside", [True, False], ids=["beside", "output"])
def test_texts_are_written_and_left_the_second_time(memos: Path, tmp_path: Path, beside: bool) -> None:
    folder = memos if beside else tmp_path / "out"
    where = ["--beside"] if beside else ["-o", folder]
    answer = playhead(Server(), "transcribe", *where, memos / "a.wav", memos / "b 2026.11.28.wav")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert {path.name for path in folder.glob("*.txt")} == {"a.txt", "b 2026.11.28.txt"}
    assert (folder / "a.txt").read_text() == "the words of a.wav\n"
    server = Server()
    answer = playhead(server, "transcribe", *where, memos)
    assert answer.exit_code == 0
    assert server.sent == ["c.wav"]
    assert f"{memos}/a.wav: left out, {folder}/a.txt is there. --overwrite writes it again.\n" in answer.stderr


def test_bad_files_stop_no_other(memos: Path) -> None:
    error = {"code": "no_audio", "message": "There is no sound in this file.", "retryable": False, "debug_id": "d"}
    server = Server(
        {"a.wav": [refusal(415, "No recording.")]},
        {"c.wav": status(9, "failed", error=error, message=error["message"])},
    )
    answer = playhead(server, "transcribe", memos, memos / "x.wav")
    assert answer.exit_code == FAILED
    assert answer.stdout == f"==> {memos}/b 2026.11.28.wav <==\nthe words of b 2026.11.28.wav\n"
    for sentence in ("a.wav: No recording.", "c.wav: There is no sound in this file.", "x.wav: There is no such file."):
        assert answer.stderr.count(f"{memos}/{sentence}\n") == 1


def test_limit_is_waited_for(memos: Path) -> None:
    server = Server({"b 2026.11.28.wav": [refusal(429, **{"Retry-After": "0"})] * 2})
    answer = playhead(server, "transcribe", memos)
    assert answer.exit_code == 0, answer.stderr
    assert server.sent == ["a.wav", *["b 2026.11.28.wav"] * 3, "c.wav"]
    assert "b 2026.11.28.wav: The site takes no more uploads until " in answer.stderr


def test_server_that_restarts_between_files_is_waited_for(memos: Path) -> None:
    server = Server({"c.wav": [refusal(503, **{"Retry-After": "0"}), httpx.ConnectError("refused")]})
    assert playhead(server, "transcribe", memos).exit_code == 0
    assert server.sent[-3:] == ["c.wav"] * 3


@pytest.mark.parametrize(
    ("wait_s", "time"), [(0, "13:59"), (1, "14:00"), (59.5, "14:00"), (3525, "14:58")], ids=["0", "1", "60", "hour"]
)
def test_time_to_wait_for_is_in_whole_minutes(wait_s: float, time: str) -> None:
    now = datetime(2026, 11, 30, 13, 59, tzinfo=UTC)
    assert until(wait_s, now) == f"The site takes no more uploads until {time}; waiting."


def test_refusal_of_the_person_ends_all(memos: Path) -> None:
    server = Server({"a.wav": [refusal(403, "You have had 24 of 24 hours.")]})
    answer = playhead(server, "transcribe", memos)
    assert (answer.exit_code, server.sent) == (FAILED, ["a.wav"])
    assert answer.stderr.endswith("a.wav: You have had 24 of 24 hours.\nNot uploaded: 2 more.\n")


def test_server_that_is_not_there_is_reported_once(memos: Path) -> None:
    server = Server({"a.wav": [httpx.ConnectError("refused")]})
    answer = playhead(server, "transcribe", memos, "--server", "http://here")
    assert (answer.exit_code, server.sent) == (UNREACHABLE, ["a.wav"])
    assert answer.stderr.endswith("The server at http://here cannot be reached. Texts that are there: 0.\n")


def test_connection_that_breaks_stops_no_other(memos: Path) -> None:
    answer = playhead(Server({"a.wav": [httpx.ReadError("cut")]}), "transcribe", memos)
    assert answer.exit_code == FAILED
    assert "a.wav: The connection broke while it was sent" in answer.stderr
    assert answer.stdout.count("==>") == 2


def test_upload_whose_begin_had_no_answer_is_not_begun_twice(memos: Path) -> None:
    server = Server({"c.wav": [httpx.ReadError("cut")]})
    answer = playhead(server, "transcribe", memos)
    assert (answer.exit_code, server.sent.count("c.wav")) == (FAILED, 1)
    assert "c.wav: The connection broke while it was sent: look for it in the list of sessions.\n" in answer.stderr


async def test_refusal_of_a_sent_file_is_without_the_advice_of_another(
    memos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class AnotherIsSent(Site):
        async def finish(self, session: Session, progress: FileProgress) -> tuple[str, list[str]]:
            self.advice = "Run the same command again to go on."
            raise Problem(404, "not_found", "It was deleted.")

    one = Recording(label="a.wav", name="a.wav", path=memos / "a.wav")
    async with Server().client() as http:
        await Batch([one], Printed([one], print, headed=False), AnotherIsSent(http, {}, {}), Screen()).run()
    assert capsys.readouterr().err.endswith("a.wav: It was deleted.\n")


def test_server_before_resumable_uploads_gets_a_form(memos: Path) -> None:
    server = Server({"a.wav": [refusal(429, **{"Retry-After": "0"})]}, is_old=True)
    answer = playhead(server, "transcribe", memos / "a.wav", "--language", "de")
    assert (answer.exit_code, answer.stdout) == (0, "the words of a.wav\n")
    again = [request.content for request in server.requests if request.url.path.endswith("/sessions")]
    assert [WAV in content and b'name="language"\r\n\r\nde\r\n' in content for content in again] == [True, True]


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_whole_files_and_says_what_goes_on(memos: Path, tmp_path: Path) -> None:
    answer = playhead(Server({"c.wav": ["ctrl-c"]}), "transcribe", memos, "-o", tmp_path / "out")
    assert answer.exit_code == INTERRUPTED
    assert "Texts that are there: " in answer.stderr
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert written.items() <= {f"{name}.txt": f"the words of {name}.wav\n" for name in ("a", "b 2026.11.28")}.items()


def test_standard_input_is_sent_by_the_name_of_its_content() -> None:
    server = Server({"recording.wav": [refusal(429, **{"Retry-After": "0"})]})
    answer = playhead(server, "transcribe", "-", stdin=WAV)
    assert (answer.exit_code, answer.stdout) == (0, "the words of recording.wav\n")
    assert server.stored == {"recording.wav": WAV}


def test_nothing_to_transcribe_is_refused(tmp_path: Path) -> None:
    answer = playhead(Server(), "transcribe", tmp_path / "x.wav")
    assert (answer.exit_code, answer.stderr) == (REFUSED, f"{tmp_path}/x.wav: There is no such file.\n")


@pytest.mark.parametrize("words", [["--format", "json"], ["-o", "out", "--beside"], ["--track", "0"]])
def test_options_that_do_not_fit_are_refused(memos: Path, words: list[str]) -> None:
    server = Server()
    answer = playhead(server, "transcribe", memos, *words)
    assert (answer.exit_code, server.requests) == (2, [])
    assert "Error: " in answer.stderr


def test_options_are_sent_with_the_file(memos: Path) -> None:
    server = Server()
    options = {"language": "de", "model": "small", "track": "all", "channels": "each"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    assert playhead(server, "transcribe", memos / "a.wav", *words).exit_code == 0
    assert server.metadata == [{"filename": "a.wav"} | options]


def test_warnings_are_printed_with_what_to_do(memos: Path) -> None:
    warnings = [{"code": "other_tracks", "message": "Track 2 has sound."}, {"code": "new", "message": "Something new."}]
    answer = playhead(
        Server(finals={"a.wav": status(9, "completed", warnings=warnings)}), "transcribe", memos / "a.wav"
    )
    again = "playhead retry http://playhead.test/sessions/a.wav --track all"
    assert answer.stderr.endswith(f"Track 2 has sound. ({again})\nSomething new.\n")
    assert answer.stdout == "the words of a.wav\n"


@pytest.mark.parametrize(("number", "sent"), [(errno.ENOSPC, 1), (errno.EACCES, 2)])
async def test_full_disk_ends_all_and_a_closed_folder_does_not(memos: Path, number: int, sent: int) -> None:
    class Folder:
        def present(self, _: int) -> None: ...

        def take(self, _: int, text: str | None) -> None:
            if text is not None:
                raise OSError(number, "No.")

    server = Server()
    both = [Recording(label=path.name, name=path.name, path=path) for path in (memos / "a.wav", memos / "c.wav")]
    async with server.client() as http:
        batch = Batch(both, Folder(), Site(http, {}, {}), Screen(), under_way=1)
        await batch.run()
    assert (len(server.sent), batch.codes, batch.left) == (sent, [REFUSED] * sent, 2 - sent)
