"""A Valkey for all servers of the table, and a process of each server for the tests that do not end it."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache

import pytest
import redis

from tests.integration.servers.serving import Server, Serving, Start, serving
from tests.support.valkey import Valkey, valkey


@pytest.fixture(scope="package")
def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def client(shared_valkey: Valkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(shared_valkey.url) as client:
        yield client


@pytest.fixture(scope="package")
def start(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts each server once, for the tests that do not end it."""
    with ExitStack() as stack:

        @cache
        def start(server: Server) -> Serving:
            folder = tmp_path_factory.mktemp(server.name)
            return stack.enter_context(serving(server, folder, shared_valkey.url))

        yield start
