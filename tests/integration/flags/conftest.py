"""One Unleash for all of these tests, with the flags as delivered at the start of each, and a site that asks it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.flags.answers.gate import Gate
from playhead.flags.connect import open_gate
from playhead.flags.file import documents
from tests.integration.flags.console import Console
from tests.integration.flags.obeyed import forget_reports, until_obeyed
from tests.support.ports import free_port
from tests.support.programs import environ
from tests.support.site import Site, Web
from tests.support.unleash import Unleash
from tests.support.unleash import unleash as start
from tests.support.waiting import until

Command = Callable[..., subprocess.CompletedProcess[str]]

CONNECTIONS = """\
import net from 'node:net'
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...where) {
  const [first, second] = where.flat()
  console.error('connects to ' + (typeof first === 'object' ? first.host + ':' + first.port : second + ':' + first))
  return connect.apply(this, where)
}
const random = Math.random
Math.random = () => random() / 100
"""
"""Before Unleash: whom it connects to is logged; and what it does at a time between 2 and 30 s it does at 2."""


@pytest.fixture(scope="session")
def running_unleash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unleash]:
    folder = tmp_path_factory.mktemp("unleash")
    before = folder / "before.mjs"
    before.write_text(CONNECTIONS)
    version = f"http://127.0.0.1:{free_port()}"  # nobody is there, should it ask for its newest version after all
    more = {"NODE_OPTIONS": f"--import {before}", "LOG_LEVEL": "debug", "UNLEASH_VERSION_URL": version}
    with start(folder, **more) as server:
        with closing(Console(server)) as console:
            console.deliver()
        yield server


@pytest.fixture
def console(running_unleash: Unleash) -> Iterator[Console]:
    with closing(Console(running_unleash)) as console:
        console.deliver()
        yield console


@pytest.fixture
def unleash(running_unleash: Unleash, console: Console) -> Unleash:
    return running_unleash


@pytest.fixture(scope="session")
def settings(running_unleash: Unleash) -> dict[str, str]:
    """What makes a process ask it."""
    return {"UNLEASH_URL": running_unleash.url, "UNLEASH_API_TOKEN": running_unleash.backend_token}


@pytest.fixture(scope="session")
def running_web(site: Site, settings: dict[str, str]) -> Iterator[Web]:
    with site.web(**settings) as web:
        yield web


@pytest.fixture
def web(running_web: Web, site: Site, console: Console) -> Web:
    """A web process that has the flags as delivered.

    By a report that it made after they were delivered: what it answers to one person may be by an older share, and the
    last report may be that of the test before.
    """
    forget_reports(site)
    until_obeyed(site, console, running_web)
    return running_web


@pytest.fixture
def command(site: Site, unleash: Unleash, settings: dict[str, str]) -> Iterator[Command]:
    """`playhead flags` beside the processes. What it does to the emergency switch is undone."""
    places = {"DATABASE_URL": site.database_url, "DATA_DIR": str(site.folder), "REDIS_URL": site.redis.url}
    known = environ(**places, **settings, UNLEASH_ADMIN_TOKEN=unleash.personal_token)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "playhead", "flags", *words]
        return subprocess.run(program, env=known, capture_output=True, text=True, check=False)

    yield run
    site.database.run(documents.lift)


@pytest.fixture
def gate(unleash: Unleash, tmp_path: Path) -> Iterator[Gate]:
    """A gate on the server, which has asked it."""
    where = Settings(unleash_url=unleash.url, unleash_api_token=unleash.backend_token, data_dir=str(tmp_path / "gate"))
    with closing(open_gate(where)) as gate:
        until(gate.usable, "the gate knows the flags")
        yield gate
