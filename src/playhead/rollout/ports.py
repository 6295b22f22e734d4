"""The port between a rollout and the slider that it moves."""

from dataclasses import dataclass
from typing import Protocol


class Refused(Exception):
    """What was asked for cannot be done; the message is one sentence for the person who asked."""


class Unreachable(Exception):
    """The store of the flags does not answer; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a slider is: the share of people who stream, in percent, and the group by whose name they are drawn."""

    share: int
    group: str


class Slider(Protocol):
    """The slider of the flag. Each method that waits raises Refused or Unreachable."""

    @property
    def kind(self) -> str:
        """The `Source.kind` of the flags."""

    @property
    def location(self) -> str:
        """The name of their store, for people."""

    @property
    def limit(self) -> str:
        """Why it can be watched and not moved from here, a sentence; empty if it can be moved."""

    async def read(self) -> Position:
        """Where it is now. Takes 5 s at most, or raises; Refused too while the flag is off, as then nobody streams."""

    async def is_allowed(self) -> bool:
        """Whether the kill switch lets anybody stream. Takes 5 s at most, or raises."""

    async def move(self, to: Position) -> None:
        """Move it. Takes 10 s at most, or raises; then it may have moved or not."""
