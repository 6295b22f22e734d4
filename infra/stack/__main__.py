"""Runs `make stack`: Playhead with a real flag server on this machine, to try a rollout and its alerts.

It starts PostgreSQL with two databases, Unleash on one of them with the flags of flags/flags.json, Prometheus and
Alertmanager where they are installed, and the parts of `playhead up`.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial

from infra.stack import alerting, flags, postgres, shell, unleash
from infra.stack.ports import chosen_port

from playhead.config import load
from playhead.errors import ConfigError
from playhead.transcription import preflight
from playhead.up.supervisor import Supervisor

DATA = "data/stack"
"""The data folder; that of `make run` is another one."""
OWN_SETTINGS = (
    "DATABASE_URL",
    "UNLEASH_URL",
    "UNLEASH_API_TOKEN",
    "UNLEASH_ENVIRONMENT",
    "UNLEASH_ADMIN_TOKEN",
    "FLAGS_FILE",
)
"""Settings that the stack sets itself, whatever the environment has."""
STOP_TIMEOUT_S = 10.0
"""Both servers end within a second: PostgreSQL writes its data, Unleash ends its requests."""
FLAGS_PORT = 4242
"""Unleash's default port, which its documentation names."""


class Stack:
    """Starts the other servers before the parts of `playhead up`, and prints the lines for a person.

    Args:
        port: the port of Unleash.
        monitors: Prometheus and Alertmanager, or None.
    """

    def __init__(self, port: int, monitors: alerting.Monitors | None) -> None:
        self._port, self._monitors = port, monitors
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
            "UNLEASH_ADMIN_TOKEN": token,
        }
        if self._monitors is not None:
            await self._monitors.start(supervisor)
        file = data / "environment"
        shell.write(file, supervisor.environ)
        self._welcome = partial(shell.welcome, flags=unleash_server, monitors=self._monitors, file=file)

    def welcome(self, site: str) -> None:
        sys.stdout.write(self._welcome(site))
        sys.stdout.flush()


def without_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """Excludes this machine from its proxy, in both spellings of the variable: programs read one or the other."""
    names = ("no_proxy", "NO_PROXY")
    given = ",".join(environ[name] for name in names if environ.get(name))
    # `*` excludes all hosts, but only if it is the whole value.
    return dict.fromkeys(names, "*" if "*" in given.split(",") else f"{given},127.0.0.1".lstrip(","))


def notify(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(environ: Mapping[str, str]) -> int:
    ours = {name: value for name, value in environ.items() if name not in OWN_SETTINGS} | {
        "DATA_DIR": environ.get("DATA_DIR") or DATA
    }
    try:
        settings = load(ours)
        preflight.check(settings)
        stack = Stack(chosen_port(environ, "UNLEASH_PORT", FLAGS_PORT), alerting.prepare(settings, environ))
        notify(f"Starting Playhead and Unleash; their data and logs are in {settings.data}")
        supervisor = Supervisor(settings, ours, notify=notify, ready=stack.welcome, before=stack.start)
        asyncio.run(supervisor.run())
    except ConfigError as error:
        notify(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
