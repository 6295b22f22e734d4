import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.flags_data import FlagsData
from tests.unit.flags.admin_server import AdminServer

PLACES = ("FLAGS_FILE", "ENVIRONMENT", "DATABASE_URL", "REDIS_URL", "STATUS_REDIS_URL")


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in force: in a data folder of this test's own, with no settings from outside."""
    for name in (*PLACES, *(name for name in os.environ if name.startswith("UNLEASH_"))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "flags.json"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminServer]:
    running = AdminServer(FlagsData().export)
    monkeypatch.setenv("UNLEASH_URL", running.url)
    monkeypatch.setenv("UNLEASH_ENVIRONMENT", "development")
    yield running
    running.close()
