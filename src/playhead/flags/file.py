"""The flags file: the one that is delivered, and the one in force where there is no server."""

import os
import shutil
from pathlib import Path

from playhead.config import Settings
from playhead.errors import ConfigError


def default_file() -> Path:
    """The flags as delivered: beside this module in an installed package, in `flags/` in a checkout."""
    packaged = Path(__file__).with_name("flags.json")
    return packaged if packaged.exists() else Path(__file__).parents[3] / "flags" / "flags.json"


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
