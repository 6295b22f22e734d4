"""Fixtures shared by all integration tests: a site with a web process, a database server, and the wheel."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.house import House, house_on
from tests.support.postgres import Postgres, postgres_server
from tests.support.site import Site, Web, site_on
from tests.support.valkey import valkey
from tests.support.wheel import build_wheel, install_kernel

MODEL, THREADS = "tiny.en", 1
NO_HEARTBEAT = {"HEARTBEAT_S": "60"}
"""Longer than a test: at a heartbeat a stream reads everything again, and would hide that a message did not arrive."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on SQLite. Each test has its own people and sessions there."""
    folder = tmp_path_factory.mktemp("site")
    with valkey(folder / "valkey") as redis, site_on(f"sqlite:///{folder}/db", folder, redis) as site:
        yield site


@pytest.fixture(scope="session")
def web(site: Site) -> Iterator[Web]:
    with site.web(**NO_HEARTBEAT) as web:
        yield web


@pytest.fixture(scope="session")
def other_web(site: Site) -> Iterator[Web]:
    with site.web(**NO_HEARTBEAT) as web:
        yield web


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the worker's speech model is unpacked, once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def kernel_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel and the dependencies of the live status."""
    return install_kernel(wheel, tmp_path_factory.mktemp("kernel"))


@pytest.fixture
def house(tmp_path: Path, data_dir: Path) -> Iterator[House]:
    """A site on SQLite for a test that starts and ends workers."""
    url = f"sqlite:///{tmp_path}/db"
    with house_on(url, tmp_path, data_dir, MODEL=MODEL, ENGINE_THREADS=str(THREADS)) as house:
        yield house
