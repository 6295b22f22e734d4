"""One `playhead up` a data folder, and a port that is free."""

import os
import socket
from pathlib import Path

import pytest

from playhead.errors import ConfigError
from playhead.up.folder import check_port, free_port, hold


def test_the_folder_is_held_by_one_and_let_go_of(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    second = hold(folder)
    sentence = rf"already runs on the data in .* \(process {os.getpid()}\)"
    with hold(folder), pytest.raises(ConfigError, match=sentence):
        second.__enter__()
    with hold(folder):
        assert (folder / "up.lock").read_text() == str(os.getpid())


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"The data folder .* cannot be used: Not a directory"):
        hold(tmp_path / "file" / "data").__enter__()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_busy_port_is_told(host: str) -> None:
    sentence = r"cannot be used \(Address already in use\)"
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ConfigError, match=sentence):
        check_port(host, server.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_a_host_that_is_not_of_this_machine_is_told(host: str) -> None:
    with pytest.raises(ConfigError, match=rf"Host {host} cannot be used \(.+\): set HOST to an address"):
        check_port(host, free_port())


def test_a_free_port_is_free() -> None:
    check_port("127.0.0.1", free_port())
