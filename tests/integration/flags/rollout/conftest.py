"""Sites of their own, because each process of a site watches its rollout: one on SQLite, one on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.audience import build_audience
from tests.support.postgres import Postgres
from tests.support.site import Site, site_on
from tests.support.valkey import valkey


@pytest.fixture(scope="package")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the pages."""
    return build_audience(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def small_site(tmp_path: Path) -> Iterator[Site]:
    with valkey(tmp_path / "valkey") as redis, site_on(f"sqlite:///{tmp_path}/db", tmp_path, redis) as site:
        yield site


@pytest.fixture(scope="package")
def large_site(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("large")
    with valkey(folder / "valkey") as redis, site_on(postgres.database("rollouts"), folder, redis) as site:
        yield site
