"""What a terminal needs to use the stack: a file of variables, and the lines that a person is told."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.stack.unleash import USERNAME, Unleash, keep

from playhead.config import Settings

ADMIN_TOKEN = "UNLEASH_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
NAMES = {name.upper() for name in Settings.__struct_fields__} | {ADMIN_TOKEN}

WELCOME = """\
Playhead is ready: {site}
The flags are at {flags}: sign in as {username} with the password {password} (unless you changed it)
From a terminal, once you have an account:
  set -a; . {file}; set +a
  {playhead} user admin you@example.org
  {playhead} flags set sse.status-stream --rollout 50
"""


def write(file: Path, environ: Mapping[str, str]) -> None:
    """Those of `environ` that Playhead's commands know, for us alone: passwords are among them."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(environ.items()) if name in NAMES]
    keep(file, "".join(lines).encode())


def welcome(site: str, flags: Unleash, file: Path) -> str:
    return WELCOME.format(
        site=site,
        flags=flags.url,
        username=USERNAME,
        password=flags.secrets.password,
        file=near(file),
        playhead=near(Path(sys.prefix) / "bin" / "playhead"),
    )


def near(path: Path) -> str:
    """As a person who started this would write it."""
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))
