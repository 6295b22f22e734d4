"""Where the flags file is: the delivered one, the one in force without a server, or the database."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from playhead.config import Settings
from playhead.errors import ConfigError


def default_file() -> Path:
    """The delivered flags: beside this module in an installed package, in `flags/` in a checkout."""
    packaged = Path(__file__).with_name("flags.json")
    return packaged if packaged.exists() else Path(__file__).parents[4] / "flags" / "flags.json"


def file_in_force(settings: Settings) -> Path:
    """The file in force without a server.

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
    """Whether the flags file is in the database, because processes on other machines may share it.

    `FLAGS_FILE` means that file on each machine. A database that is a file is on this machine, as the flags file is.
    """
    on_server = settings.database.startswith(("postgresql:", "postgres:"))
    return on_server and not settings.unleash_url and not settings.flags_file


def first_flags(settings: Settings) -> str:
    """The text for a database without flags: the file of this data folder, or else the delivered one."""
    from playhead.flags.answers.engine import MalformedFlags
    from playhead.flags.file.export import read

    with suppress(OSError, UnicodeDecodeError, MalformedFlags):
        text = (settings.data / "flags.json").read_text()
        read(text.encode())
        return text
    return default_file().read_text()


def own_copy(data: Path) -> Path:
    """The data folder's copy of the delivered flags, made at the first start: the tracked file is never edited.

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
