"""One Unleash for all of these tests, with the flags as delivered at the start of each, and a site that asks it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.flags.connect import open_gate
from playhead.flags.gate import Gate
from tests.integration.flags.console import Console
from tests.support.unleash import Unleash
from tests.support.unleash import unleash as start
from tests.support.waiting import until


@pytest.fixture(scope="session")
def running_unleash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unleash]:
    with start(tmp_path_factory.mktemp("unleash")) as server:
        yield server


@pytest.fixture
def console(running_unleash: Unleash) -> Iterator[Console]:
    with closing(Console(running_unleash)) as console:
        console.deliver()
        yield console


@pytest.fixture
def unleash(running_unleash: Unleash, console: Console) -> Unleash:
    return running_unleash


@pytest.fixture
def settings(unleash: Unleash) -> dict[str, str]:
    """What makes a process ask it."""
    return {"UNLEASH_URL": unleash.url, "UNLEASH_API_TOKEN": unleash.backend_token}


@pytest.fixture
def gate(unleash: Unleash, tmp_path: Path) -> Iterator[Gate]:
    """A gate on the server, which has asked it."""
    where = Settings(unleash_url=unleash.url, unleash_api_token=unleash.backend_token, data_dir=str(tmp_path / "gate"))
    with closing(open_gate(where)) as gate:
        until(gate.usable, "the gate knows the flags")
        yield gate
