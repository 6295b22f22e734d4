"""A Valkey that outlived its `playhead up` is ended before another one uses the same data."""

from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from playhead.up import valkey
from tests.support.programs import alive, environ, program
from tests.support.waiting import until


def test_leftover_server_is_ended_after_it_saved_its_data(tmp_path: Path) -> None:
    server = valkey.prepare(tmp_path)
    with program(server.command, environ(), tmp_path / "log") as running:
        until(server.answers, "Valkey answers")
        with server.client() as client:
            client.set("kept", "yes")
        following = valkey.prepare(tmp_path)
        until(lambda: not alive({running.pid}), "the leftover is gone")
        with program(following.command, environ(), tmp_path / "next"):
            until(following.answers, "the next one answers")
            with following.client() as client:
                assert client.get("kept") == b"yes"


def test_connection_without_the_password_is_refused(tmp_path: Path) -> None:
    server = valkey.prepare(tmp_path)
    with program(server.command, environ(), tmp_path / "log"):
        until(server.answers, "Valkey answers")
        for password in (None, "a guess"):
            with Redis(port=server.port, password=password) as client, pytest.raises(AuthenticationError):
                client.ping()
        assert (server.folder / "valkey.conf").stat().st_mode & 0o077 == 0
