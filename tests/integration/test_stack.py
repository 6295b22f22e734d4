"""`make stack` runs Playhead with a real flag server; changes of flags take effect and outlive a restart."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest
from infra.stack import alerting, flags, postgres, shell
from infra.stack.__main__ import without_proxy
from infra.stack.ports import kept_port
from infra.stack.unleash import ENVIRONMENT, Secrets, Unleash, keep

from playhead.config import load
from playhead.errors import ConfigError
from playhead.flags.administration import catalogue
from playhead.flags.administration.unleash_store import UnleashStore
from playhead.flags.file import export
from tests.support.ports import free_port
from tests.support.programs import Program, alive, environ, program
from tests.support.waiting import START_S, until

STACK = [sys.executable, "-m", "infra.stack"]
TRACKED = Path(__file__).parents[2] / "flags" / "flags.json"
STACK_S = 2 * START_S
"""Limit for eight programs, each of which waits for the one before."""
BEHIND_A_PROXY = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "no_proxy": "example.org"}
"""A proxy where nobody answers; of the two spellings, the lower-case one counts."""
PERSON = {"email": "you@example.org", "password": "a long enough pass phrase"}


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that every user can enter: for root, PostgreSQL runs as another user."""
    with tempfile.TemporaryDirectory(prefix="playhead-stack-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def stack(data: Path, log: Path) -> Iterator[Program]:
    names = ("PORT", "UNLEASH_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT")
    settings = {name: str(free_port()) for name in names} | {"MODEL": "tiny.en"} | BEHIND_A_PROXY
    with program(STACK, environ(DATA_DIR=str(data), **settings), log) as running:
        running.wait_for("rollout start", STACK_S)  # the last line
        yield running


def from_a_terminal(running: Program, lines: str = "") -> str:
    """Run the printed lines in a shell, or only the first of them and then `lines`; return the output."""
    printed = running.out.partition("once you have an account:\n")[2]
    script = printed if not lines else printed.partition("\n")[0] + "\n" + lines
    done = subprocess.run(
        ["bash", "-euc", script], env=environ(**BEHIND_A_PROXY), stdout=subprocess.PIPE, check=True, text=True
    )
    return done.stdout


def store(running: Program) -> UnleashStore:
    """The flag server, found by the printed lines as a person finds it."""
    url, token = from_a_terminal(running, "echo $UNLEASH_URL $UNLEASH_ADMIN_TOKEN").split()
    return UnleashStore(url, token, ENVIRONMENT)


def rollout(store: UnleashStore) -> str:
    slider = catalogue.find_slider(store.read().strategies("sse.status-stream"))
    assert slider is not None
    return slider.parameters["rollout"]


@contextmanager
def person(running: Program, way: str) -> Iterator[httpx.Client]:
    """The client of a person who creates an account (`register`) or signs in (`login`)."""
    found = re.search(r"Playhead is ready: (\S+)", running.out)
    assert found
    with httpx.Client(base_url=f"{found[1]}/api/v1", headers={"X-Requested-With": "playhead"}) as client:
        client.post(f"/auth/{way}", json=PERSON).raise_for_status()
        yield client


def transport(client: httpx.Client) -> tuple[str, str]:
    chosen = client.get("/me").raise_for_status().json()["transport"]
    return chosen["mode"], chosen["reason"]


@pytest.mark.timeout(2 * STACK_S)
def test_changed_flags_take_effect_and_outlive_a_restart(data: Path, tmp_path: Path) -> None:
    with stack(data, tmp_path / "first") as running:
        flags_there = store(running)
        assert flags_there.read().names == export.read(TRACKED.read_bytes()).names
        assert sign_in(running) == 200
        with person(running, "register") as client:
            until(lambda: transport(client) == ("stream", "flag_on"), "the slider lets everybody stream")
            flags_there.turn("sse.allowed", False)
            until(lambda: transport(client)[1] == "kill_switch", "the switch stops all streams")
            who = client.get("/me").raise_for_status().json()["id"]
            assert client.get(f"/admin/users/{who}/transport").status_code == 403
            from_a_terminal(running)
            explained = client.get(f"/admin/users/{who}/transport").raise_for_status().json()
            assert explained["transport"]["reason"] == "kill_switch"
        until(lambda: scraped(running) == {"playhead-web": "up", "playhead-worker": "up"}, "Prometheus reads both")
        database = from_a_terminal(running, "echo $DATABASE_URL").strip()
        assert not environ_of_postgresql(database) & BEHIND_A_PROXY.keys()
        assert (data / "environment").stat().st_mode & 0o077 == 0
        personal_token = forget_the_password(running, data)
        family = running.family()
        assert running.end() == 0
        assert not alive(family)
        assert "Traceback" not in running.err

    with stack(data, tmp_path / "second") as running:
        assert "sign in, make a personal API token in your profile there" in running.err
        url, token = from_a_terminal(running, "echo $UNLEASH_URL ${UNLEASH_ADMIN_TOKEN:-none}").split()
        assert token == "none"
        assert rollout(UnleashStore(url, personal_token, ENVIRONMENT)) == "50"
        assert from_a_terminal(running, "echo $DATABASE_URL").strip() == database
        with person(running, "login") as client:
            assert transport(client)[1] == "kill_switch"
        family = running.family()
        running.end(signal.SIGKILL)
        until(lambda: not alive(family), "all processes have ended")


def scraped(running: Program) -> dict[str, str]:
    """The health of what Prometheus reads, which is found by the printed lines, by its job."""
    found = re.search(r"Alerts are at (\S+)/alerts, and those that fire at (\S+)", running.out)
    assert found
    assert httpx.get(f"{found[2]}/-/ready", trust_env=False).is_success
    rules = httpx.get(f"{found[1]}/api/v1/rules", trust_env=False).json()["data"]["groups"]
    assert rules
    targets = httpx.get(f"{found[1]}/api/v1/targets", trust_env=False).json()["data"]["activeTargets"]
    return {one["scrapePool"]: one["health"] for one in targets}


def environ_of_postgresql(url: str) -> set[str]:
    """The names of the environment variables of PostgreSQL's processes, which other programs of its user can read."""
    with psycopg.connect(url) as db:
        db.execute("CREATE TEMPORARY TABLE variables (line text)")
        db.execute("COPY variables FROM PROGRAM 'env'")
        return {line.partition("=")[0] for (line,) in db.execute("SELECT line FROM variables")}


def forget_the_password(running: Program, data: Path) -> str:
    """Change the admin's password and delete the stored token; return the token, to check the flags."""
    url, token = from_a_terminal(running, "echo $UNLEASH_URL $UNLEASH_ADMIN_TOKEN").split()
    changed = {"password": "An0ther-pass-phrase!"}
    headers = {"Authorization": token}
    answer = httpx.post(f"{url}/api/admin/user-admin/1/change-password", json=changed, headers=headers)
    assert answer.is_success, answer.text
    (data / "unleash" / "personal-token").unlink()
    return token


def sign_in(running: Program) -> int:
    """Sign in with the printed password; return the status of the response."""
    found = re.search(r"The flags are at (\S+): sign in as (\S+) with the password (\S+)", running.out)
    assert found
    who = {"username": found[2], "password": found[3]}
    return httpx.post(f"{found[1]}/auth/simple/login", json=who).status_code


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"UNLEASH_PORT": "many"}, "The setting UNLEASH_PORT is wrong"),
        ({"ALERTMANAGER_PORT": "0"}, "The setting ALERTMANAGER_PORT is wrong"),
        ({"MODEL": "huge"}, "There is no model 'huge'"),
    ],
)
def test_wrong_setting_is_reported_in_one_sentence(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    with program(STACK, environ(DATA_DIR=str(tmp_path), **settings), tmp_path / "stack") as running:
        assert running.process.wait(60) == 2
        assert sentence in running.err
        assert "Traceback" not in running.err


def test_machine_without_prometheus_has_one_line_about_it(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash
    (tmp_path / "bash").symlink_to(bash)
    monitors = alerting.prepare(load({}), {"PATH": str(tmp_path)})
    assert monitors is None
    server = Unleash(tmp_path, free_port(), "")
    keep(server.secrets_file, msgspec.json.encode(Secrets()))
    printed = shell.welcome("http://127.0.0.1:8000", server, monitors, tmp_path / "environment").splitlines()
    assert len([line for line in printed if "install prometheus and prometheus-alertmanager" in line]) == 1


def test_folder_that_the_user_of_postgresql_cannot_enter_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(ConfigError, match=f"the user nobody, who runs it instead, cannot enter {tmp_path}/postgres"):
        postgres.prepare(tmp_path / "postgres", is_root=True)


def test_server_without_flags_that_gets_none_is_an_error(tmp_path: Path) -> None:
    server = Unleash(tmp_path, free_port(), "")
    keep(server.secrets_file, msgspec.json.encode(Secrets()))
    with pytest.raises(ConfigError, match=r"Unleash has no flags, and those of flags\.json cannot be created: .+"):
        flags.provide(server, pytest.fail)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1"),
        ({"NO_PROXY": "a", "no_proxy": "b,c"}, "b,c,a,127.0.0.1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_proxy_is_not_used_for_this_machine(given: dict[str, str], expected: str) -> None:
    assert without_proxy(given) == {"NO_PROXY": expected, "no_proxy": expected}


def test_port_is_reused_while_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "port"
    port = kept_port(file)
    assert kept_port(file) == port
    with socket.create_server(("127.0.0.1", port)):
        other = kept_port(file)
        assert other != port
    assert kept_port(file) == other


def test_environment_file_quotes_values_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    shell.write(file, {"STORAGE_URL": "s3://it's?a=$b&c", "PATH": "/not/ours"})
    assert file.stat().st_mode & 0o777 == 0o600
    output = subprocess.check_output(["bash", "-euc", f". {file}; echo $STORAGE_URL; echo $PATH"], text=True)
    assert output.splitlines() == ["s3://it's?a=$b&c", os.environ["PATH"]]
