"""The errors of the storage: the library's own are no OSErrors, and do not tell an outage from a missing file."""

from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError


class StorageGone(OSError):
    """The storage cannot be reached or does not answer; a later try may succeed."""


class Superseded(Exception):
    """Somebody else has appended to the recording, or deleted it: this writer owns its next byte no longer."""


class WrongOffset(Exception):
    """The recording does not end where somebody wants to append to it, but at `stored`."""

    def __init__(self, stored: int) -> None:
        super().__init__(f"{stored} bytes are stored")
        self.stored = stored


@contextmanager
def translated(*, finds: bool = False) -> Iterator[None]:
    """Raises StorageGone for the library's errors; with `finds`, FileNotFoundError is raised unchanged."""
    # Also for refused credentials and a missing bucket: a person will mend these, and a recording must not be given up
    # because of them. The library raises its own errors, which are no OSErrors, and OSErrors.
    try:
        yield
    except (BaseError, OSError) as error:
        if finds and isinstance(error, FileNotFoundError):
            raise
        raise StorageGone(str(error).partition("\n")[0]) from error
