"""What the tests of a run share: a site with a web process, and a database server. A test that ends one has its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.house import House, house_on
from tests.support.postgres import Postgres, postgres_server
from tests.support.site import Site, Web, site_on
from tests.support.valkey import valkey

MODEL, THREADS = "tiny.en", 1
SELDOM = {"HEARTBEAT_S": "60"}
"""At a heartbeat a stream looks at everything again: without one within a test, what reaches it was sent to it."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """On SQLite. Each test has its own people and sessions there."""
    folder = tmp_path_factory.mktemp("site")
    with valkey(folder / "valkey") as redis, site_on(f"sqlite:///{folder}/db", folder, redis) as site:
        yield site


@pytest.fixture(scope="session")
def web(site: Site) -> Iterator[Web]:
    with site.web(**SELDOM) as web:
        yield web


@pytest.fixture(scope="session")
def other_web(site: Site) -> Iterator[Web]:
    with site.web(**SELDOM) as web:
        yield web


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worker's speech model is unpacked, once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def house(tmp_path: Path, data_dir: Path) -> Iterator[House]:
    """On SQLite, for a test that starts and ends workers."""
    url = f"sqlite:///{tmp_path}/db"
    with house_on(url, tmp_path, data_dir, MODEL=MODEL, ENGINE_THREADS=str(THREADS)) as house:
        yield house
