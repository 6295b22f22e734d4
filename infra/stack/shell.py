"""Writes the environment file for terminals, and the lines that tell a person how to use the stack."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.stack import alerting
from infra.stack.unleash import USERNAME, Unleash, keep

from playhead.config import Settings

NAMES = {name.upper() for name in Settings.__struct_fields__}

WELCOME = """\
Playhead is ready: {site}
The flags are at {flags}: sign in as {username} with the password {password} (unless you changed it)
{alerts}
From a terminal, once you have an account:
  set -a; . {file}; set +a
  {playhead} user admin you@example.org
  {playhead} flags set sse.status-stream --rollout 50
  {playhead} rollout start
"""


def write(file: Path, environ: Mapping[str, str]) -> None:
    """Writes the settings among `environ` to a file that only its owner can read: it contains passwords."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(environ.items()) if name in NAMES]
    keep(file, "".join(lines).encode())


def welcome(site: str, flags: Unleash, monitors: alerting.Monitors | None, file: Path) -> str:
    return WELCOME.format(
        site=site,
        alerts=monitors.welcome if monitors is not None else alerting.ABSENT,
        flags=flags.url,
        username=USERNAME,
        password=flags.secrets.password,
        file=quoted(file),
        playhead=quoted(Path(sys.prefix) / "bin" / "playhead"),
    )


def quoted(path: Path) -> str:
    """Quotes a path for the shell, relative to the current folder where possible."""
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))
