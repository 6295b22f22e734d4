"""The flags file: the one that is delivered, and the one in force where there is no server."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from playhead.config import Settings
from playhead.errors import ConfigError


def default_file() -> Path:
    """The flags as delivered: beside this module in an installed package, in `flags/` in a checkout."""
    packaged = Path(__file__).with_name("flags.json")
    return packaged if packaged.exists() else Path(__file__).parents[4] / "flags" / "flags.json"


def file_in_force(settings: Settings) -> Path:
    """The file that is read where there is no server.

    Raises:
        ConfigError: `FLAGS_FILE` names no file, or the data folder cannot be written.
    """
    if not settings.flags_file:
        return own_copy(settings.data)
    path = Path(settings.flags_file).absolute()
    if not path.is_file():
        raise ConfigError(f"The setting FLAGS_FILE is wrong: there is no file {path}.")
    return path


def is_shared(settings: Settings) -> bool:
    """Whether the flags are in the database, because other machines may be at it.

    Whoever names a file means that file, on each machine. A database that is a file is on this machine, as the flags'.
    """
    on_server = settings.database.startswith(("postgresql:", "postgres:"))
    return on_server and not settings.unleash_url and not settings.flags_file


def first_flags(settings: Settings) -> str:
    """What the database is given where it has no flags yet: those of this data folder, or else those delivered."""
    from playhead.flags.answers.engine import MalformedFlags
    from playhead.flags.file.export import read

    with suppress(OSError, UnicodeDecodeError, MalformedFlags):
        text = (settings.data / "flags.json").read_text()
        read(text.encode())
        return text
    return default_file().read_text()


def own_copy(data: Path) -> Path:
    """This data folder's own copy of the delivered flags, made at the first start: the tracked file is never edited.

    Raises:
        ConfigError: the data folder cannot be written.
    """
    path = data / "flags.json"
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            fresh = path.with_suffix(f".{os.getpid()}")
            shutil.copyfile(default_file(), fresh)
            fresh.rename(path)
    except OSError as error:
        raise ConfigError(f"The data folder {data} cannot be used: {error.strerror}.") from None
    return path
