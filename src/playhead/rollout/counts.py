"""What one look at a stage sees: people, each counted once, by the arm that the flags gave them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SILENT = "silent"
"""The harm of those who are silent; it is counted apart, because it is known of people without an observation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """The people of one arm in one stage.

    Args:
        people: with a finished observation: a watch that is 40 s old. The first two of each make one observation.
        harmed: how many of them had each harm, by its id; a harm that is not there happened to nobody.
        exposed: about whom the flags were asked. They are drawn by the slider alone.
        silent_of: those of them who were asked about so long ago that a report is due.
        silent: those of these of whom there is none.

    Raises:
        ValueError: a count is negative, or of more people than there are.
    """

    people: int = 0
    harmed: Mapping[str, int] = field(default_factory=dict)
    exposed: int = 0
    silent: int = 0
    silent_of: int = 0

    def __post_init__(self) -> None:
        if not (self.people >= 0 and self.exposed >= 0 and 0 <= self.silent <= self.silent_of):
            raise ValueError(f"These counts cannot be: {self}.")
        if wrong := sorted(harm for harm, count in self.harmed.items() if not 0 <= count <= self.people):
            raise ValueError(f"Of {self.people} people more were harmed than there are, or fewer than none: {wrong}.")

    def of(self, harm: str) -> tuple[int, int]:
        """How many had a harm, and of how many that is known."""
        if harm == SILENT:
            return self.silent, self.silent_of
        return self.harmed.get(harm, 0), self.people


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Both arms in a stage, in the same minutes, and what the servers measure.

    Args:
        server: the values of the plan's lines by id; None or absent: not measured.
    """

    stream: Arm = field(default_factory=Arm)
    poll: Arm = field(default_factory=Arm)
    server: Mapping[str, float | None] = field(default_factory=dict)
