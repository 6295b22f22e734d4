"""`playhead transcribe`: the words on stdout, all else on stderr, and an exit code for each end."""

import io
from collections.abc import Callable, Coroutine
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from playhead.cli import main, server
from playhead.cli.exit_codes import FAILED, INTERRUPTED, UNREACHABLE
from playhead.cli.screen import Screen
from playhead.cli.server import Status
from tests.unit.cli.rude_server import BASE, ctrl_c, event, goodbye, hello, status, stream

Answers = Callable[[httpx.Request], httpx.Response]
AsyncAnswers = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF" + bytes(100_000))
    return path


def ending(final: str) -> Answers:
    """A server on which every session ends with `final`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, headers={"Playhead-Session": "17"})
        if request.method in ("PATCH", "HEAD"):
            return httpx.Response(204, headers={"Upload-Offset": str(len(request.content) or 63_500)})
        if request.url.path.endswith("/status/stream"):
            return stream(hello(), event("status", status(2)), event("status", final), goodbye("final", "none"))
        return httpx.Response(200, text=f"{request.url.params['format']} of the words\n")

    return answer


def transcribe(audio: Path, *words: str, answers: Answers | AsyncAnswers | None = None) -> Result:
    """What becomes of the command, on a server that gives these answers; without any, there is none."""

    def connect(address: str, token: str) -> httpx.AsyncClient:
        assert answers is not None
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=BASE, headers=headers, transport=httpx.MockTransport(answers))

    command = ["transcribe", str(audio), "--token", "ph_1", *words]
    return CliRunner().invoke(main, command, obj=connect if answers else None)


@pytest.mark.parametrize("form", ["txt", "srt", "vtt", "json"])
def test_prints_the_words_and_nothing_else(audio: Path, form: str) -> None:
    answer = transcribe(audio, "--format", form, answers=ending(status(9, "completed", progress=1)))
    assert answer.exit_code == 0, answer.stderr
    assert answer.stdout == f"{form} of the words\n"
    assert answer.stderr == "Uploading talk.wav\nSaid 2\nSaid 9\n"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], {"format": "txt", "lines": "paragraphs", "words": "0"}),
        (["--lines", "segments"], {"format": "txt", "lines": "segments", "words": "0"}),
        (["--format", "json", "--words"], {"format": "json", "lines": "paragraphs", "words": "1"}),
    ],
)
def test_asks_for_the_transcript_as_wanted(audio: Path, words: list[str], wanted: dict[str, str]) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return ending(status(9, "completed"))(request)

    assert transcribe(audio, *words, answers=answer).exit_code == 0
    assert dict(seen[-1].url.params) == wanted


def test_sends_the_file_its_language_and_the_token(audio: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return ending(status(9, "completed"))(request)

    assert transcribe(audio, "--language", "de", answers=answer).exit_code == 0
    begun, sent = seen[:2]
    assert begun.headers["Upload-Metadata"] == "filename dGFsay53YXY=,language ZGU="
    assert (begun.headers["Upload-Length"], begun.content) == (str(audio.stat().st_size), b"")
    assert sent.content == audio.read_bytes()
    assert {"Bearer ph_1"} == {request.headers["Authorization"] for request in seen}


def test_a_failed_session_tells_why(audio: Path) -> None:
    error = {"code": "no_audio", "message": "There is no sound in this file.", "retryable": False, "debug_id": "d"}
    answer = transcribe(audio, answers=ending(status(9, "failed", error=error, message=error["message"])))
    assert answer.exit_code == FAILED
    assert answer.stdout == ""
    assert answer.stderr.endswith("There is no sound in this file.\n")


def test_a_canceled_session_tells_so(audio: Path) -> None:
    answer = transcribe(audio, answers=ending(status(9, "canceled")))
    assert answer.exit_code == FAILED
    assert answer.stderr.endswith("Said 9\n")


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (httpx.Response(415, json={"code": "not_audio", "detail": "This is no audio."}), "This is no audio."),
        (httpx.Response(413, text="<html>"), "The server refuses: 413 Request Entity Too Large."),
        (httpx.Response(401, json={"code": "x", "detail": "Sign in first."}), "`playhead user token EMAIL` makes one."),
    ],
)
def test_a_refusal_is_one_sentence(audio: Path, refusal: httpx.Response, sentence: str) -> None:
    answer = transcribe(audio, answers=lambda _: refusal)
    assert answer.exit_code == 2
    assert answer.stderr.endswith(f"{sentence}\n")


def test_no_server_is_told(audio: Path) -> None:
    answer = transcribe(audio, "--server", "http://127.0.0.1:1")
    assert answer.exit_code == UNREACHABLE
    assert "The server at http://127.0.0.1:1 cannot be reached." in answer.stderr
    assert "nothing was made" in answer.stderr


@pytest.mark.parametrize(
    ("reached", "words"),
    [
        ("uploads", "nothing was made"),
        ("PATCH", "Run the same command again to go on from 63 %."),
        ("stream", "goes on without you: http://here/sessions/17"),
    ],
    ids=["while it begins", "while it uploads", "while it waits"],
)
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_says_what_becomes_of_the_session(audio: Path, reached: str, words: str) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        is_reached = request.url.path.endswith(reached) or request.method == reached
        return await ctrl_c() if is_reached else ending("")(request)

    ended = transcribe(audio, "--server", "http://here/", answers=answer)
    assert ended.exit_code == INTERRUPTED
    assert words in ended.stderr


def test_a_terminal_shows_a_bar_with_the_servers_sentence() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with Screen(console) as screen, screen.file() as progress:
        progress.uploading("talk.wav", 100)
        progress.sent(100)
        assert screen.progress.tasks[0].percentage == 100
        progress.status(Status(1, "queued", "queued", "Waiting"))
        assert screen.progress.tasks[0].total is None
        progress.status(Status(2, "processing", "transcribing", "Transcribing: 0:42 of 1:40", 0.42))
        screen.progress.refresh()
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    assert "Transcribing: 0:42 of 1:40" in shown
    assert "42%" in shown


def test_connects_with_the_token() -> None:
    client = server.connect("http://here:8000/", "ph_1")
    assert str(client.base_url) == "http://here:8000/api/v1/"
    assert client.headers["Authorization"] == "Bearer ph_1"
