"""The port between the command line and the flags in force, in a file, a database or an Unleash server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from playhead.flags.answers import engine
from playhead.flags.file.export import Export, Strategy, client_document, read, write


class Refusal(Exception):
    """The request cannot be fulfilled; the message is one sentence for the person who made it."""


def no_slider(name: str) -> Refusal:
    return Refusal(f"{name} has no slider: it needs one gradual strategy, or of several one without constraints.")


class Unreachable(Exception):
    """The store does not answer; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of a flag."""

    who: str
    what: str
    at: datetime

    def sentence(self, now: datetime) -> str:
        minutes = round((now - self.at).total_seconds() / 60)
        return f"changed {f'{minutes} min' if minutes else 'less than a minute'} ago by {self.who} ({self.what})"


class Store(Protocol):
    """Reads and changes flags. Every method raises `Refusal`, `Unreachable`, or `MalformedFlags` for unusable flags."""

    @property
    def kind(self) -> str:
        """The `Source.kind` of the processes that use these flags."""

    @property
    def location(self) -> str:
        """The name of the store, for people."""

    def read(self) -> Export:
        """All flags in force, those of other programs in the same store included."""

    def archived(self) -> set[str]:
        """The archived flags: they are off, and `read` leaves them out."""

    def last_change(self, name: str) -> "Change | None":
        """The last change of this flag; None if the store keeps no record."""

    def turn(self, name: str, on: bool) -> None:
        """Flip a flag's switch."""

    def is_on(self, name: str) -> bool:
        """Whether a flag's switch is on."""

    def slider(self, name: str) -> Strategy:
        """A flag's strategy with the slider, that `catalogue.find_slider` returns. Raises `Refusal` if it has none."""

    def roll_out(self, name: str, percent: int, group: str | None = None) -> None:
        """Move a flag's slider. `group`: another name by which people are drawn; None: the same people as before."""

    def bring(self, flags: Export) -> None:
        """Bring these flags into force as they are; other flags in the store stay as they are."""


def checked(flags: Export) -> bytes:
    """The text of a flags file, validated: every source will accept it.

    Raises:
        MalformedFlags: the sources would refuse it.
    """
    text = write(flags)
    engine.evaluator(client_document(read(text)), environment="")
    return text
