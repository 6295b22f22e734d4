"""Where the flags in force are kept, to be read and changed: the port between the command line and a file or server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from playhead.flags.answers import engine
from playhead.flags.file.export import Export, client_document, read, write


class Refusal(Exception):
    """What was asked cannot be done; the message is one sentence for the person who asked."""


def slider_gone(name: str) -> Refusal:
    return Refusal(f"Somebody changed the strategies of {name} just now: look at them, and try again.")


class Unreachable(Exception):
    """The place does not answer; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did to a flag."""

    who: str
    what: str
    at: datetime

    def words(self, now: datetime) -> str:
        minutes = round((now - self.at).total_seconds() / 60)
        return f"changed {f'{minutes} min' if minutes else 'less than a minute'} ago by {self.who} ({self.what})"


class Store(Protocol):
    """Every method raises `Refusal` or `Unreachable`, and `MalformedFlags` for flags that cannot be used."""

    @property
    def kind(self) -> str:
        """As the processes' `Source.kind` says it."""

    @property
    def place(self) -> str:
        """Where it is, for people."""

    def read(self) -> Export:
        """The flags in force now, those of others in the same place included."""

    def archived(self) -> set[str]:
        """Flags that were put away there: they are off, and not among those that are read."""

    def last_change(self, name: str) -> "Change | None":
        """Of this flag, where the place keeps a record of who changed what."""

    def turn(self, name: str, on: bool) -> None:
        """Flip a flag's switch."""

    def roll_out(self, name: str, percent: int) -> None:
        """Move a flag's slider, which is that of the strategy that `catalogue.find_slider` finds."""

    def bring(self, flags: Export) -> None:
        """Bring these flags into force as they are; other flags of the place stay what they are."""


def checked(flags: Export) -> bytes:
    """The text of a file of flags that every source will take.

    Raises:
        MalformedFlags: it would not.
    """
    text = write(flags)
    engine.evaluator(client_document(read(text)), environment="")
    return text
