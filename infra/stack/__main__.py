"""Runs `make stack`: Playhead with a real flag server on this machine, to try a rollout.

It starts PostgreSQL with two databases, Unleash on one of them with the flags of flags/flags.json, and the parts of
`playhead up`.
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
"""The data folder; that of `make run` is another one."""
OWN_SETTINGS = (
    "DATABASE_URL",
    "UNLEASH_URL",
    "UNLEASH_API_TOKEN",
    "UNLEASH_ENVIRONMENT",
    shell.ADMIN_TOKEN,
    "FLAGS_FILE",
)
"""Settings that the stack sets itself, whatever the environment has."""
STOP_TIMEOUT_S = 10.0
"""Both servers end within a second: PostgreSQL writes its data, Unleash ends its requests."""
FLAGS_PORT = 4242
"""Unleash's default port, which its documentation names."""


class Stack:
    """Starts PostgreSQL and Unleash before the parts of `playhead up`, and prints the lines for a person.

    Args:
        port: the port of Unleash.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._welcome: Callable[[str], str]

    async def start(self, supervisor: Supervisor) -> None:
        data = supervisor.settings.data
        server = await asyncio.to_thread(postgres.prepare, data / "postgres")
        stop, ready = postgres.STOP_SIGNAL, server.answers
        environ = server.environ
        await supervisor.start(
            "postgres", server.command, STOP_TIMEOUT_S, environ=environ, stop_signal=stop, ready=ready
        )
        for name in ("playhead", "unleash"):
            await asyncio.to_thread(server.create, name)
        unleash_server = unleash.prepare(data / "unleash", server.url("unleash"), port=self._port)
        environ, ready = unleash_server.environ, unleash_server.ready
        await supervisor.start("unleash", unleash_server.command, STOP_TIMEOUT_S, environ=environ, ready=ready)
        token = await asyncio.to_thread(flags.provide, unleash_server, notify)
        supervisor.environ |= without_proxy(supervisor.environ) | {
            "DATABASE_URL": server.url("playhead"),
            "UNLEASH_URL": unleash_server.url,
            "UNLEASH_API_TOKEN": unleash_server.secrets.backend_token,
            "UNLEASH_ENVIRONMENT": unleash.ENVIRONMENT,
        }
        file = data / "environment"
        shell.write(file, supervisor.environ | ({shell.ADMIN_TOKEN: token} if token else {}))
        self._welcome = partial(shell.welcome, flags=unleash_server, file=file)

    def welcome(self, site: str) -> None:
        sys.stdout.write(self._welcome(site))
        sys.stdout.flush()


def without_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """Excludes this machine from its proxy, in both spellings of the variable: programs read one or the other."""
    names = ("no_proxy", "NO_PROXY")
    given = ",".join(environ[name] for name in names if environ.get(name))
    # `*` excludes all hosts, but only if it is the whole value.
    return dict.fromkeys(names, "*" if "*" in given.split(",") else f"{given},127.0.0.1".lstrip(","))


def flags_port(environ: Mapping[str, str]) -> int:
    """Chooses the port of Unleash: UNLEASH_PORT, else the default if it is free, else another one.

    Raises:
        ConfigError: UNLEASH_PORT cannot be used.
    """
    setting = environ.get("UNLEASH_PORT")
    if setting and not (setting.isdecimal() and 0 < int(setting) < 65536):
        raise ConfigError("The setting UNLEASH_PORT is wrong: it must be a number up to 65535.")
    port = int(setting or FLAGS_PORT)
    try:
        check_port("127.0.0.1", port, "UNLEASH_PORT")
    except ConfigError:
        if setting:
            raise
        return quiet_port()
    return port


def notify(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(environ: Mapping[str, str]) -> int:
    ours = {name: value for name, value in environ.items() if name not in OWN_SETTINGS} | {
        "DATA_DIR": environ.get("DATA_DIR") or DATA
    }
    try:
        settings = load(ours)
        preflight.check(settings)
        stack = Stack(flags_port(environ))
        notify(f"Starting Playhead and Unleash; their data and logs are in {settings.data}")
        supervisor = Supervisor(settings, ours, notify=notify, ready=stack.welcome, before=stack.start)
        asyncio.run(supervisor.run())
    except ConfigError as error:
        notify(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
