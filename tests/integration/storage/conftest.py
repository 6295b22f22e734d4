"""Every kind of storage: a folder, S3 on Moto's server, and a bucket in memory."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from playhead.storage import Storage
from tests.support.s3 import KEYS, s3_server


@pytest.fixture(scope="package")
def s3() -> Iterator[Any]:
    with s3_server() as client:
        yield client


@pytest.fixture
def s3_url(s3: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a storage in a bucket; options may follow."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return f"s3://recordings/some/prefix?endpoint={s3.meta.endpoint_url}&region=us-east-1"


@pytest.fixture(params=["folder", "s3", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return Storage.from_url((tmp_path / "a folder").as_uri())
    if request.param == "memory":  # a bucket whose ETags are counted, not made of the content
        return Storage(MemoryStore())
    return Storage.from_url(request.getfixturevalue("s3_url"))


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Storage:
    """A storage at an address where nobody answers."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with socket.socket() as taken:  # bound, so that the port is free; not listening, so that it refuses
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return Storage.from_url(f"s3://recordings?endpoint=http://127.0.0.1:{port}&region=us-east-1", retries=0)
