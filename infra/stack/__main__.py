"""`make stack`: Playhead beside a real flag server on this machine, to try a rollout.

PostgreSQL with two databases, Unleash on one of them with the flags of flags/flags.json, and what `playhead up` starts.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.stack import postgres, unleash

from playhead.config import load
from playhead.errors import ConfigError
from playhead.flags import export
from playhead.flags.engine import MalformedFlags
from playhead.flags.server_store import ServerStore
from playhead.flags.store import Refusal, Unreachable
from playhead.up.folder import check_port
from playhead.up.supervisor import Supervisor

FLAGS = Path(__file__).parents[2] / "flags" / "flags.json"
DATA = "data/stack"
"""Not where `make run` keeps its own."""
OURS = ("DATABASE_URL", "UNLEASH_URL", "UNLEASH_API_TOKEN", "UNLEASH_ENVIRONMENT", "FLAGS_FILE")
"""What the stack is for: it sets them itself."""
PATIENCE_S = 10.0
"""Both end within a second: PostgreSQL writes what it holds, Unleash ends its requests."""
FLAGS_PORT = 4242
"""Unleash's own choice, which its documentation names."""

WELCOME = """\
Playhead is ready: {site}
The flags are at {flags}: sign in as {username} with the password {password}
From a terminal:
  export UNLEASH_URL={flags} UNLEASH_ADMIN_TOKEN=$(cat {token_file})
  {playhead} flags set sse.status-stream --rollout 50
"""


class Stack:
    """What comes before `playhead up`, and what it says in the end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._flags: unleash.Unleash

    async def start(self, supervisor: Supervisor) -> None:
        data = supervisor.settings.data
        server = await asyncio.to_thread(postgres.prepare, data / "postgres")
        stop = postgres.STOP_SIGNAL
        await supervisor.start("postgres", server.command, PATIENCE_S, stop_signal=stop, ready=server.answers)
        for name in ("playhead", "unleash"):
            await asyncio.to_thread(server.create, name)
        flags = unleash.prepare(data / "unleash", server.url("unleash"), port=self._port)
        await supervisor.start("unleash", flags.command, PATIENCE_S, environ=flags.environ, ready=flags.ready)
        await asyncio.to_thread(create_missing, flags)
        supervisor.environ |= {
            "DATABASE_URL": server.url("playhead"),
            "UNLEASH_URL": flags.url,
            "UNLEASH_API_TOKEN": flags.secrets.backend_token,
            "UNLEASH_ENVIRONMENT": unleash.ENVIRONMENT,
            # A proxy of the machine's is not asked for ourselves.
            "NO_PROXY": ",".join(filter(None, [supervisor.environ.get("NO_PROXY"), "127.0.0.1"])),
        }
        self._flags = flags

    def welcome(self, site: str) -> None:
        told = WELCOME.format(
            site=site,
            flags=self._flags.url,
            username=unleash.USERNAME,
            password=self._flags.secrets.password,
            token_file=near(self._flags.token_file),
            playhead=near(Path(sys.prefix) / "bin" / "playhead"),
        )
        sys.stdout.write(told)
        sys.stdout.flush()


def create_missing(server: unleash.Unleash) -> None:
    """Bring the flags that it lacks to the server, from the file; those it has are moved there, by people."""
    store = ServerStore(server.url, server.personal_token(), unleash.ENVIRONMENT)
    try:
        wanted = export.read(FLAGS.read_bytes())
        missing = wanted.names - store.read().names
        if missing:
            store.bring(export.select(wanted, missing.__contains__))
    except (Refusal, Unreachable, MalformedFlags) as error:  # the other flags can be tried all the same
        say(f"Not all flags of {FLAGS.name} are there: {error}")


def flags_port(environ: Mapping[str, str]) -> int:
    """UNLEASH_PORT, else Unleash's own if it is free, else another one.

    Raises:
        ConfigError: UNLEASH_PORT cannot be used.
    """
    asked = environ.get("UNLEASH_PORT")
    if asked and not (asked.isdecimal() and 0 < int(asked) < 65536):
        raise ConfigError("The setting UNLEASH_PORT is wrong: it must be a number up to 65535.")
    port = int(asked or FLAGS_PORT)
    try:
        check_port("127.0.0.1", port, "UNLEASH_PORT")
    except ConfigError:
        if asked:
            raise
        return unleash.quiet_port()
    return port


def near(path: Path) -> str:
    """As a person who started this would write it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(environ: Mapping[str, str]) -> int:
    ours = {name: value for name, value in environ.items() if name not in OURS} | {
        "DATA_DIR": environ.get("DATA_DIR") or DATA
    }
    try:
        settings = load(ours)
        stack = Stack(flags_port(environ))
        say(f"Playhead and Unleash start; their data and logs are in {settings.data}")
        supervisor = Supervisor(settings, ours, say=say, ready=stack.welcome, before=stack.start)
        asyncio.run(supervisor.run())
    except ConfigError as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
