"""`playhead transcribe` and a real web process: lines that break, a killed server, Ctrl-C, two commands at once."""

import hashlib
import random
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from playhead.cli.exit_codes import FAILED, INTERRUPTED, REFUSED, TAKEN_OVER
from playhead.uploads.orphans import key_of
from tests.support.breaking_line import Breaks, Line, breaking_line
from tests.support.nginx import nginx
from tests.support.programs import END_S, Program, environ, program
from tests.support.site import PLAYHEAD, Site, Web
from tests.support.waiting import until

SIZE = 6_000_000
"""Two chunks: the first has 4 MiB."""
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
LOOK_S = 0.5
"""Between two reads of the list, which a person may read 240 times a minute."""
CUTS = 8
"""Each costs half a second; `tests/unit/cli/test_sending.py` has a hundred."""


STILL = Breaks(2_000_000, is_cut=False)
"""A line that stands still in the first chunk."""


class Talk:
    """A file of a person, and the command that transcribes it."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.person, self._folder = site, site.person(), folder
        self.path = folder / "talk.wav"
        self.path.write_bytes(WAV + random.Random(5).randbytes(SIZE - len(WAV)))
        self._runs = 0

    @contextmanager
    def command(self, url: str) -> Iterator[Program]:
        """Runs the command; it ends by itself only if it fails, because nothing works on what is queued."""
        self._runs += 1
        places = {"PLAYHEAD_SERVER": url, "PLAYHEAD_TOKEN": self.person.token}
        settings = environ(XDG_STATE_HOME=str(self._folder / "state"), **places)
        with program([*PLAYHEAD, "transcribe", str(self.path)], settings, self._folder / f"run-{self._runs}") as run:
            yield run

    def sessions(self, web: Web) -> list[dict[str, Any]]:
        answer = httpx.get(f"{web.url}/api/v1/sessions", headers=self.person.headers, verify=False)
        return list(answer.raise_for_status().json()["sessions"])

    def stored(self, session_id: str) -> Path:
        return self.site.folder / "audio" / key_of(session_id)

    def arrives(self, web: Web) -> str:
        """Waits until the only session has bytes; returns its id."""
        until(lambda: self.sessions(web), "the upload is begun", look_s=LOOK_S)
        (session,) = self.sessions(web)
        session_id = str(session["id"])
        until(lambda: self.size(session_id) > 0, "bytes arrive")
        return session_id

    def size(self, session_id: str) -> int:
        stored = self.stored(session_id)
        return stored.stat().st_size if stored.exists() else 0

    def end(self, web: Web, session_id: str, how: str) -> None:
        """Cancels or deletes a session, as a person does in the page."""
        method, path = ("POST", f"{session_id}/cancel") if how == "cancel" else ("DELETE", session_id)
        address = f"{web.url}/api/v1/sessions/{path}"
        httpx.request(method, address, headers=self.person.headers, verify=False).raise_for_status()

    def notes(self) -> list[Path]:
        return list((self._folder / "state/playhead/uploads").glob("*"))

    def is_queued(self, web: Web) -> None:
        """Waits until the newest session is queued; its recording is the file."""
        until(
            lambda: [one["status"]["state"] for one in self.sessions(web)][:1] == ["queued"],
            "it is queued",
            look_s=LOOK_S,
        )
        stored = self.stored(self.sessions(web)[0]["id"])
        assert digest(stored) == digest(self.path)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def talk(site: Site, tmp_path: Path) -> Talk:
    return Talk(site, tmp_path)


def keeps_what_arrived(line: Line) -> None:
    """No byte that the server has is sent again. A reset throws away what it has not read yet, at times all of it."""
    assert line.offsets == sorted(line.offsets)
    assert len(set(line.offsets)) > line.broken / 2


def test_line_that_breaks_at_random_bytes_loses_none(talk: Talk, web: Web) -> None:
    chance = random.Random(3)
    cuts = [Breaks(chance.randrange(100_000, SIZE // CUTS)) for _ in range(CUTS)]
    with breaking_line(web.port, *cuts) as line, talk.command(line.url):
        talk.is_queued(web)
        assert line.broken == CUTS
        keeps_what_arrived(line)
    assert len(talk.sessions(web)) == 1


def test_proxy_that_cuts_each_request_by_time_passes_all(talk: Talk, web: Web) -> None:
    """Of a line with 15 kB/s, 1.5 MB are what a proxy lets through in 100 s."""
    with breaking_line(web.port, *[Breaks(1_500_000)] * 9) as line, talk.command(line.url):
        talk.is_queued(web)
        assert line.broken >= 3
        keeps_what_arrived(line)


def test_proxy_that_takes_one_megabyte_at_once_passes_all(talk: Talk, web: Web, tmp_path: Path) -> None:
    """As nginx does where nobody has set `client_max_body_size`."""
    with nginx(tmp_path / "nginx", [web]) as port, talk.command(f"http://127.0.0.1:{port}"):
        talk.is_queued(web)
    assert len(talk.sessions(web)) == 1


def test_killed_server_goes_on_from_what_it_has(talk: Talk, site: Site) -> None:
    with site.web() as web, breaking_line(web.port, STILL) as line, talk.command(line.url):
        session_id = talk.arrives(web)
        web.program.end(signal.SIGKILL)
        kept = talk.size(session_id)
        with site.web(web.port) as again:
            talk.is_queued(again)
            assert [one["id"] for one in talk.sessions(again)] == [session_id]
        assert line.offsets[:2] == [0, kept]


@pytest.mark.parametrize("change", [False, True], ids=["same file", "file that changed"])
def test_same_command_goes_on_after_ctrl_c(talk: Talk, web: Web, change: bool) -> None:
    with breaking_line(web.port, STILL) as line:
        with talk.command(line.url) as stopped:
            session_id = talk.arrives(web)
            assert stopped.end(signal.SIGINT) == INTERRUPTED
        found = re.search(r"\nRun the same command again to go on from (\d+) %\.\n$", stopped.err)
        assert found is not None, stopped.err
        kept = talk.size(session_id)
        assert int(found[1]) == 100 * kept // SIZE > 0
        with talk.path.open("ab") as file:
            file.write(b"more" * change)
        with talk.command(line.url) as run:
            talk.is_queued(web)
            assert line.offsets[:2] == [0, 0 if change else kept]
            assert len(talk.sessions(web)) == 1 + change
            until(lambda: len(run.err.splitlines()) > 1, "the command follows the session")
            assert run.end(signal.SIGINT) == INTERRUPTED
            assert "The session goes on without you: " in run.err
    assert len(talk.notes()) == change


def test_newer_of_two_commands_goes_on_and_the_older_ends(talk: Talk, web: Web) -> None:
    with breaking_line(web.port, *[STILL] * 9) as line, talk.command(line.url) as older:
        session_id = talk.arrives(web)
        kept = talk.size(session_id)
        with talk.command(line.url) as newer:
            assert older.process.wait(END_S) == TAKEN_OVER
            assert older.err.endswith("Another command goes on with this upload.\n")
            until(lambda: talk.size(session_id) > kept, "bytes arrive from the newer one")
            assert newer.end(signal.SIGINT) == INTERRUPTED
            assert "Run the same command again to go on from " in newer.err
    assert [one["id"] for one in talk.sessions(web)] == [session_id]


@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_upload_that_is_ended_in_the_page_ends_the_command(talk: Talk, web: Web, how: str) -> None:
    with breaking_line(web.port, STILL) as line, talk.command(line.url) as run:
        session_id = talk.arrives(web)
        talk.end(web, session_id, how)
        assert run.process.wait(END_S) == FAILED
        assert run.err.endswith("The upload is not there any more: it was canceled or deleted.\n")
    assert [one["status"]["state"] for one in talk.sessions(web)] == ["canceled"] * (how == "cancel")
    assert talk.notes() == []


def test_upload_that_is_ended_between_two_commands_begins_anew(talk: Talk, web: Web) -> None:
    with breaking_line(web.port, STILL) as line:
        with talk.command(line.url) as stopped:
            session_id = talk.arrives(web)
            stopped.end(signal.SIGINT)
        talk.end(web, session_id, "cancel")
        with talk.command(line.url):
            talk.is_queued(web)
    assert [one["status"]["state"] for one in talk.sessions(web)] == ["queued", "canceled"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"QUOTA_BYTES": f"{SIZE - 1}"}, "6 MB"),
        ({"MAX_UPLOAD_BYTES": f"{5 * 1024**2}"}, "At most 5 MiB may be sent here."),
    ],
    ids=["quota", "longest file"],
)
def test_refusal_is_a_sentence_before_the_first_byte(
    talk: Talk, site: Site, settings: dict[str, str], sentence: str
) -> None:
    with site.web(**settings) as web, breaking_line(web.port) as line, talk.command(line.url) as run:
        assert run.process.wait(END_S) == REFUSED
        assert run.err.splitlines()[:-1] == ["Uploading talk.wav"]
        assert sentence in run.err
        assert (line.offsets, talk.sessions(web), talk.notes()) == ([], [], [])


def test_file_that_is_no_recording_is_refused_after_its_first_bytes(talk: Talk, web: Web) -> None:
    talk.path.write_bytes(bytes(SIZE))
    with talk.command(web.url) as run:
        assert run.process.wait(END_S) == REFUSED
        assert "This is not a recording that can be read" in run.err
        assert "Run the same command" not in run.err
    assert (talk.sessions(web), talk.notes()) == ([], [])
