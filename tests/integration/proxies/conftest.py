"""The proxies of others, which are started once for all tests."""

from collections.abc import Iterator, Mapping

import pytest
from infra.proxies.real import REAL

from tests.support.real_proxies import running
from tests.support.site import Web


@pytest.fixture(scope="package")
def ports(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, int]]:
    """By its name the port of each proxy, in front of the web process."""
    with running(REAL, web.port, tmp_path_factory.mktemp("proxies")) as ports:
        yield ports
