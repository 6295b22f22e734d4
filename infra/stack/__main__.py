"""`make stack`: Playhead beside a real flag server on this machine, to try a rollout.

PostgreSQL with two databases, Unleash on one of them with the flags of flags/flags.json, and what `playhead up` starts.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial

from infra.stack import flags, postgres, shell, unleash
from infra.stack.ports import quiet_port

from playhead.config import load
from playhead.errors import ConfigError
from playhead.transcription import preflight
from playhead.up.folder import check_port
from playhead.up.supervisor import Supervisor

DATA = "data/stack"
"""Not where `make run` keeps its own."""
OURS = (
    "DATABASE_URL",
    "UNLEASH_URL",
    "UNLEASH_API_TOKEN",
    "UNLEASH_ENVIRONMENT",
    shell.ADMIN_TOKEN,
    "FLAGS_FILE",
)
"""What the stack is for: it sets them itself."""
PATIENCE_S = 10.0
"""Both end within a second: PostgreSQL writes what it holds, Unleash ends its requests."""
FLAGS_PORT = 4242
"""Unleash's own choice, which its documentation names."""


class Stack:
    """What comes before `playhead up`, and what it says in the end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._told: Callable[[str], str]

    async def start(self, supervisor: Supervisor) -> None:
        data = supervisor.settings.data
        server = await asyncio.to_thread(postgres.prepare, data / "postgres")
        stop, ready = postgres.STOP_SIGNAL, server.answers
        environ = server.environ
        await supervisor.start("postgres", server.command, PATIENCE_S, environ=environ, stop_signal=stop, ready=ready)
        for name in ("playhead", "unleash"):
            await asyncio.to_thread(server.create, name)
        unleash_server = unleash.prepare(data / "unleash", server.url("unleash"), port=self._port)
        environ, ready = unleash_server.environ, unleash_server.ready
        await supervisor.start("unleash", unleash_server.command, PATIENCE_S, environ=environ, ready=ready)
        token = await asyncio.to_thread(flags.provide, unleash_server, notify)
        supervisor.environ |= past_proxies(supervisor.environ) | {
            "DATABASE_URL": server.url("playhead"),
            "UNLEASH_URL": unleash_server.url,
            "UNLEASH_API_TOKEN": unleash_server.secrets.backend_token,
            "UNLEASH_ENVIRONMENT": unleash.ENVIRONMENT,
        }
        file = data / "environment"
        shell.write(file, supervisor.environ | ({shell.ADMIN_TOKEN: token} if token else {}))
        self._told = partial(shell.welcome, flags=unleash_server, file=file)

    def welcome(self, site: str) -> None:
        sys.stdout.write(self._told(site))
        sys.stdout.flush()


def past_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """A proxy of the machine's is not asked for ourselves: in both spellings, of which programs prefer either."""
    names = ("no_proxy", "NO_PROXY")
    given = ",".join(environ[name] for name in names if environ.get(name))
    # A lone star means all, and only while it is alone.
    return dict.fromkeys(names, "*" if "*" in given.split(",") else f"{given},127.0.0.1".lstrip(","))


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
        return quiet_port()
    return port


def notify(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(environ: Mapping[str, str]) -> int:
    ours = {name: value for name, value in environ.items() if name not in OURS} | {
        "DATA_DIR": environ.get("DATA_DIR") or DATA
    }
    try:
        settings = load(ours)
        preflight.check(settings)
        stack = Stack(flags_port(environ))
        notify(f"Playhead and Unleash start; their data and logs are in {settings.data}")
        supervisor = Supervisor(settings, ours, notify=notify, ready=stack.welcome, before=stack.start)
        asyncio.run(supervisor.run())
    except ConfigError as error:
        notify(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
