"""`make stack`: a real flag server beside all of Playhead; what is moved there decides here, and outlives a restart."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from infra.stack import postgres
from infra.stack.unleash import ENVIRONMENT, quiet_port

from playhead.errors import ConfigError
from playhead.flags import catalogue, export
from playhead.flags.server_store import ServerStore
from playhead.up.folder import free_port
from tests.integration.parts import Program, alive, environ, program, until

STACK = [sys.executable, "-m", "infra.stack"]
TRACKED = Path(__file__).parents[2] / "flags" / "flags.json"
PERSON = {"email": "you@example.org", "password": "a long enough pass phrase"}


@pytest.fixture
def data() -> Iterator[Path]:
    """Where everybody may go: as root, PostgreSQL runs as somebody else."""
    with tempfile.TemporaryDirectory(prefix="playhead-stack-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def stack(data: Path, log: Path) -> Iterator[Program]:
    settings = {"PORT": str(free_port()), "UNLEASH_PORT": str(quiet_port()), "MODEL": "tiny.en"}
    with program(STACK, environ(DATA_DIR=str(data), **settings), log) as running:
        running.says("flags set")  # the last line
        yield running


def store(running: Program) -> ServerStore:
    """Found as a person finds it: by what was printed."""
    found = re.search(r"export UNLEASH_URL=(\S+) UNLEASH_ADMIN_TOKEN=\$\(cat (.+)\)", running.out)
    assert found, running.out
    return ServerStore(found[1], Path(found[2]).read_text(), ENVIRONMENT)


def rollout(running: Program) -> str:
    slider = catalogue.find_slider(store(running).read().strategies("sse.status-stream"))
    assert slider is not None
    return slider.parameters["rollout"]


@contextmanager
def person(running: Program, way: str) -> Iterator[httpx.Client]:
    """Somebody who made an account (`register`), or comes back (`login`)."""
    found = re.search(r"Playhead is ready: (\S+)", running.out)
    assert found
    with httpx.Client(base_url=f"{found[1]}/api/v1", headers={"X-Requested-With": "playhead"}) as client:
        client.post(f"/auth/{way}", json=PERSON).raise_for_status()
        yield client


def transport(client: httpx.Client) -> tuple[str, str]:
    told = client.get("/me").raise_for_status().json()["transport"]
    return told["mode"], told["reason"]


def test_flags_are_moved_on_the_server_and_stay_moved(data: Path, tmp_path: Path) -> None:
    with stack(data, tmp_path / "first") as running:
        assert store(running).read().names == export.read(TRACKED.read_bytes()).names
        assert sign_in(running) == 200
        with person(running, "register") as client:
            until(lambda: transport(client) == ("stream", "flag_on"), "the slider lets everybody stream")
            store(running).turn("sse.allowed", False)
            until(lambda: transport(client)[1] == "kill_switch", "the switch stops all streams")
        subprocess.run(["bash", "-euc", running.out.partition("From a terminal:\n")[2]], env=environ(), check=True)
        family = running.family()
        assert running.end() == 0
        assert not alive(family)
        assert "Traceback" not in running.err

    with stack(data, tmp_path / "second") as running:
        assert rollout(running) == "50"
        with person(running, "login") as client:
            assert transport(client)[1] == "kill_switch"
        family = running.family()
        running.end(signal.SIGKILL)
        until(lambda: not alive(family), "nobody is left of it")


def sign_in(running: Program) -> int:
    """As the printed line says; the status of the answer."""
    found = re.search(r"The flags are at (\S+): sign in as (\S+) with the password (\S+)", running.out)
    assert found
    who = {"username": found[2], "password": found[3]}
    return httpx.post(f"{found[1]}/auth/simple/login", json=who).status_code


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"UNLEASH_PORT": "many"}, "The setting UNLEASH_PORT is wrong"),
        ({"PORT": "many"}, "The setting PORT is wrong"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    with program(STACK, environ(DATA_DIR=str(tmp_path), **settings), tmp_path / "stack") as running:
        assert running.process.wait(60) == 2
        assert sentence in running.err
        assert "Traceback" not in running.err


def test_root_is_told_when_the_user_who_runs_postgresql_cannot_enter_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tmp_path.chmod(0o700)
    with pytest.raises(ConfigError, match=f"the user nobody, as whom it runs then, cannot enter {tmp_path}/postgres"):
        postgres.prepare(tmp_path / "postgres")
