"""A data folder belongs to one `playhead up`, and the port must be free."""

import os
import socket
from pathlib import Path

import pytest

from playhead.errors import ConfigError
from playhead.up.folder import check_port, free_port, lock_folder


def test_folder_is_locked_by_one_process_and_released(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    second = lock_folder(folder)
    sentence = rf"already runs on the data in .* \(process {os.getpid()}\)"
    with lock_folder(folder), pytest.raises(ConfigError, match=sentence):
        second.__enter__()
    with lock_folder(folder):
        assert (folder / "up.lock").read_text() == str(os.getpid())


def test_folder_that_cannot_be_created_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"The data folder .* cannot be used: Not a directory"):
        lock_folder(tmp_path / "file" / "data").__enter__()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_port_in_use_is_a_config_error(host: str) -> None:
    sentence = r"cannot be used \(Address already in use\)"
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ConfigError, match=sentence):
        check_port(host, server.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_host_of_another_machine_is_a_config_error(host: str) -> None:
    with pytest.raises(ConfigError, match=rf"Host {host} cannot be used \(.+\): set HOST to an address"):
        check_port(host, free_port())


def test_free_port_can_be_listened_on() -> None:
    check_port("127.0.0.1", free_port())
