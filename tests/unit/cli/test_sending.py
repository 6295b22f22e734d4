"""Resumable uploads of the command line: chunks, cuts, refusals, and what becomes of an upload that ends."""

import asyncio
import io
import os
import random
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from playhead.cli import resumable
from playhead.cli.exit_codes import FAILED, REFUSED, TAKEN_OVER
from playhead.cli.follow import Timings, Unreachable
from playhead.cli.recordings import of_file
from playhead.cli.screen import Screen
from playhead.cli.sending import FIRST_BYTES, LEAST_BYTES, MOST_BYTES, Stopped
from playhead.cli.site import Site
from playhead.errors import Problem
from tests.unit.cli.rude_server import BASE, status
from tests.unit.cli.upload_server import Answer, Cut, Server, refusal

MIB = 1024**2
NAME = "talk.wav"
FAST = Timings(pause_s=0.001)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(random.Random(7).randbytes(100_000))
    return path


@dataclass(frozen=True)
class Ended:
    """How an upload ended: the advice, and the error if it is not at the server as a whole."""

    advice: str
    error: Exception | None = None

    @property
    def code(self) -> int:
        assert isinstance(self.error, Stopped)
        return self.error.code


class Portal(Server):
    """Answers in place of the server, whatever it is asked for."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self._status = status

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(self._status, text="<html>Sign in to this network")


def upload(server: Server, path: Path, timings: Timings = FAST) -> Ended:
    async def run() -> Ended:
        async with server.client() as http:
            site = Site(http, {}, {}, timings)
            with Screen() as screen, screen.file() as progress:
                try:
                    assert (await site.upload(of_file(path), progress)).id == path.name
                except (Problem, Stopped, Unreachable) as error:
                    return Ended(site.advice, error)
        return Ended(site.advice)

    return asyncio.run(run())


def is_whole(server: Server, path: Path) -> bool:
    return server.stored[NAME] == path.read_bytes()


def kept(percent: int) -> str:
    return f"Run the same command again to go on from {percent} %."


def enlarged(path: Path, size: int) -> Path:
    os.truncate(path, size)
    return path


def test_hundred_cuts_lose_no_byte_and_send_none_twice(talk: Path) -> None:
    chance = random.Random(11)
    server = Server(chunks=[Cut(chance.randrange(900)) for _ in range(100)])
    assert upload(server, talk) == Ended("")
    assert is_whole(server, talk)
    assert (len(server.sizes), len(server.metadata)) == (101, 1)


def test_chunks_grow_with_the_rate_up_to_the_longest(talk: Path) -> None:
    server = Server()
    upload(server, enlarged(talk, 40 * MIB))
    assert server.sizes == [FIRST_BYTES, MOST_BYTES, 4 * MIB]
    assert is_whole(server, talk)


def test_chunk_of_which_nothing_arrived_is_followed_by_the_shortest(talk: Path) -> None:
    server = Server(chunks=[Cut(0)])
    upload(server, enlarged(talk, 5 * MIB))
    assert server.sizes == [FIRST_BYTES, LEAST_BYTES, 4 * MIB]


def test_chunk_too_large_for_a_proxy_is_halved(talk: Path) -> None:
    server = Server(chunks=[Cut(0, refusal(413))])
    upload(server, enlarged(talk, 9 * MIB))
    assert server.sizes == [FIRST_BYTES, LEAST_BYTES, *[2 * MIB] * 4]


@pytest.mark.parametrize(
    "answer",
    [
        *map(refusal, (408, 409, 423, 429, 502, 503, 504, 524)),
        httpx.ConnectError("away"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("ended"),
    ],
    ids=lambda answer: str(getattr(answer, "status_code", type(answer).__name__)),
)
def test_what_passes_is_waited_for(talk: Path, answer: Answer) -> None:
    server = Server(chunks=[Cut(30_000, answer)] * 3)
    assert upload(server, talk) == Ended("")
    assert is_whole(server, talk)
    assert server.sizes == [100_000, 70_000, 40_000, 10_000]


@pytest.mark.parametrize("status", [200, 302, 404, 410])
def test_answer_of_something_in_between_is_not_believed(talk: Path, status: int) -> None:
    server = Server(chunks=[Cut(0, httpx.Response(status, text="<html>Sign in to this network"))])
    assert upload(server, talk) == Ended("")
    assert is_whole(server, talk)


def test_upload_that_is_whole_is_completed_after_a_limit(talk: Path) -> None:
    limit = refusal(429, **{"Retry-After": "0"})
    server = Server(chunks=[Cut(100_000, limit), Cut(0, limit)])
    upload(server, talk)
    assert server.sizes == [100_000, 0, 0]


def test_server_that_stays_away_is_given_up_with_advice(talk: Path) -> None:
    server = Server(chunks=[Cut(63_999), Cut(0), Cut(0)])
    ended = upload(server, talk, replace(FAST, upload_lost_s=0))
    assert isinstance(ended.error, Unreachable)
    assert (ended.advice, server.deleted) == (kept(63), set())


@pytest.mark.parametrize("status", [401, 403, 500, 507])
def test_refusal_that_can_be_put_right_leaves_the_upload(talk: Path, status: int) -> None:
    server = Server(chunks=[Cut(50_000, refusal(status))])
    ended = upload(server, talk)
    assert (ended.advice, type(ended.error)) == (kept(50), Problem)
    assert upload(server, talk) == Ended("")
    assert (server.sizes, server.sent) == ([100_000, 50_000], [NAME])
    assert is_whole(server, talk)


@pytest.mark.parametrize("status", [400, 413, 415])
def test_refusal_of_the_file_ends_the_upload(talk: Path, status: int, notes: Path) -> None:
    server = Server(chunks=[Cut(50_000, refusal(status))])
    ended = upload(server, talk)
    assert (ended.advice, type(ended.error)) == ("", Problem)
    assert (server.deleted, list(notes.iterdir())) == ({NAME}, [])


@pytest.mark.parametrize("gone", [404, 410])
def test_upload_that_was_canceled_meanwhile_ends(talk: Path, gone: int, notes: Path) -> None:
    server = Server(chunks=[Cut(50_000, "gone")])
    server.gone = gone
    ended = upload(server, talk)
    assert (ended.code, ended.advice, list(notes.iterdir())) == (FAILED, "", [])
    assert "canceled or deleted" in str(ended.error)
    assert "DELETE" not in {request.method for request in server.requests}


@pytest.mark.parametrize("gone", [404, 410])
def test_noted_upload_that_is_gone_begins_anew(talk: Path, gone: int) -> None:
    server = Server(chunks=[Cut(50_000, refusal(500))])
    server.gone = gone
    upload(server, talk)
    server.deleted.add(NAME)
    assert upload(server, talk) == Ended("")
    assert (server.sizes, server.sent) == ([100_000, 100_000], [NAME, NAME])


@pytest.mark.parametrize("status", [404, 410])
def test_noted_upload_is_kept_by_an_answer_of_something_in_between(talk: Path, status: int) -> None:
    server = Server(chunks=[Cut(50_000, refusal(500))])
    upload(server, talk)
    ended = upload(Portal(status), talk)
    assert (ended.advice, type(ended.error)) == ("Run the same command again to go on.", Problem)
    assert upload(server, talk) == Ended("")
    assert server.sent == [NAME]


def test_file_that_changed_between_two_commands_begins_anew(talk: Path) -> None:
    server = Server(chunks=[Cut(50_000, refusal(500))])
    upload(server, talk)
    with talk.open("r+b") as file:
        file.write(b"other")
    os.utime(talk, ns=(0, 1))
    upload(server, talk)
    assert server.sent == [NAME, NAME]
    assert is_whole(server, talk)


@pytest.mark.parametrize("size", [100_001, 99_999])
def test_file_that_changes_while_it_is_sent_ends_the_upload(talk: Path, size: int, notes: Path) -> None:
    server = Server(chunks=[Cut(50_000, lambda: os.truncate(talk, size))])
    ended = upload(server, talk)
    assert (ended.code, ended.advice) == (REFUSED, "")
    assert (server.deleted, list(notes.iterdir())) == ({NAME}, [])


def test_file_that_ends_within_a_chunk_is_not_sent_as_whole() -> None:
    async def send() -> None:
        async with Server().client() as http:
            await resumable.send(http, NAME, io.BytesIO(bytes(90)), 0, 100)

    with pytest.raises(resumable.CutShort):
        asyncio.run(send())


@pytest.mark.parametrize("session", [NAME, "another"])
def test_newer_command_takes_the_upload_over(talk: Path, notes: Path, session: str) -> None:
    newer = f'{{"session": "{session}", "run": "newer"}}'

    def take_over() -> None:
        (note,) = notes.iterdir()
        note.write_text(newer)

    server = Server(chunks=[Cut(50_000, take_over)])
    ended = upload(server, talk)
    assert (ended.code, ended.advice) == (TAKEN_OVER, "")
    assert server.deleted == (set() if session == NAME else {NAME})
    assert [path.read_text() for path in notes.iterdir()] == [newer]


def test_upload_that_a_newer_command_completed_is_followed_by_both(talk: Path, notes: Path) -> None:
    def complete() -> None:
        (note,) = notes.iterdir()
        note.unlink()
        server.stored[NAME][:] = talk.read_bytes()

    server = Server(chunks=[Cut(50_000, complete)])
    assert upload(server, talk) == Ended("")
    assert server.sizes == [100_000, 0]


def test_bar_shows_what_the_server_has_also_of_a_chunk_under_way(talk: Path) -> None:
    looks = [refusal(503), httpx.Response(200, text="<html>"), arriving(0.25), arriving(0.5), arriving(0.5)]
    seen: list[tuple[str, float]] = []
    server = Server()

    async def run() -> None:
        seen_all = asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/status"):
                seen.append(shown(screen))
                if len(looks) > 1:
                    return looks.pop(0)
                seen_all.set()
                return looks[0]
            if request.method == "PATCH":
                await seen_all.wait()
            return await server(request)

        with Screen(Console(file=io.StringIO(), force_terminal=True)) as screen, screen.file() as progress:
            async with httpx.AsyncClient(base_url=BASE, transport=httpx.MockTransport(answer)) as http:
                await Site(http, {}, {}, replace(FAST, watch_s=0)).upload(of_file(talk), progress)
            seen.append(shown(screen))

    asyncio.run(run())
    own, first, second = "Uploading talk.wav", "Uploading: 25 kB of 100 kB", "Uploading: 50 kB of 100 kB"
    assert seen == [(own, 0), (own, 0), (own, 0), (first, 25), (second, 50), (second, 100)]


def arriving(progress: float) -> httpx.Response:
    message = f"Uploading: {progress * 100:.0f} kB of 100 kB"
    return httpx.Response(200, text=status(2, "uploading", message=message, progress=progress))


def shown(screen: Screen) -> tuple[str, float]:
    (bar,) = screen.progress.tasks
    return bar.description, bar.percentage


def test_wait_is_shown_until_bytes_arrive_again() -> None:
    with Screen(Console(file=io.StringIO(), force_terminal=True)) as screen, screen.file() as progress:
        progress.uploading("talk.wav", 200)
        progress.arrived(50)
        progress.waiting("The server does not answer; waiting.")
        assert shown(screen) == ("The server does not answer; waiting.", 25)
        progress.arrived(100)
        assert shown(screen) == ("Uploading talk.wav", 50)
