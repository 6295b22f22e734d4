"""Fixtures of the fault tests: a site whose servers can be killed, and a worker that gets bad recordings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import NO_HEARTBEAT
from tests.support.house import WORDS_WORKER, House, house_on
from tests.support.postgres import Postgres
from tests.support.programs import Program
from tests.support.site import Site, Web, site_on
from tests.support.valkey import valkey

OFTEN = {"HEARTBEAT_S": "1"}
"""For tests of what a stream checks at a heartbeat."""
PER_USER, PER_SESSION, PER_PROCESS = 2, 1, 3
NARROW = {
    "STREAMS_PER_USER": str(PER_USER),
    "STREAMS_PER_SESSION": str(PER_SESSION),
    "STREAMS_PER_PROCESS": str(PER_PROCESS),
}
STALL_S = 3
"""Far longer than a word takes, on a busy machine too."""
SOFT_LIMIT_S = 10
"""Longer than any attempt here, also one that stalls; short, because a test waits for it."""
TRIES = 1


@pytest.fixture(scope="session")
def narrow_web(site: Site) -> Iterator[Web]:
    """A web process of the shared site, with low limits of streams."""
    with site.web(**NO_HEARTBEAT | NARROW) as web:
        yield web


@pytest.fixture(scope="session")
def postgres_site(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("fragile")
    with valkey(folder / "valkey") as redis, site_on(postgres.url, folder, redis) as site:
        yield site


@pytest.fixture
def fragile_site(postgres_site: Site, postgres: Postgres) -> Iterator[Site]:
    """A site on PostgreSQL. A test may kill its Valkey and stop `postgres`; both are started again after it."""
    yield postgres_site
    postgres_site.redis.start()
    postgres.start()


@pytest.fixture(scope="session")
def fragile_web(postgres_site: Site) -> Iterator[Web]:
    with postgres_site.web(**NO_HEARTBEAT) as web:
        yield web


@pytest.fixture(scope="session")
def heartbeat_web(postgres_site: Site) -> Iterator[Web]:
    with postgres_site.web(**OFTEN) as web:
        yield web


@pytest.fixture(scope="session")
def staff(
    tmp_path_factory: pytest.TempPathFactory, data_dir: Path, postgres: Postgres
) -> Iterator[tuple[House, Program]]:
    """A house on PostgreSQL with a worker of words, which a test may disturb if it recovers by itself."""
    folder = tmp_path_factory.mktemp("house")
    limits = {"STALL_S": str(STALL_S), "SOFT_LIMIT_S": str(SOFT_LIMIT_S), "MAX_ATTEMPTS": str(TRIES)}
    with (
        house_on(postgres.database("house"), folder, data_dir) as house,
        house.worker(WORDS_WORKER, **limits) as worker,
    ):
        worker.wait_for("ready.")
        yield house, worker


@pytest.fixture
def staffed_house(staff: tuple[House, Program]) -> House:
    """A house with a worker that processes all uploads."""
    return staff[0]


@pytest.fixture
def worker(staff: tuple[House, Program]) -> Program:
    """The worker of `staffed_house`."""
    return staff[1]
