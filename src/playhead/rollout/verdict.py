"""What the judge decides, with its evidence, and what it must remember until its next look."""

from dataclasses import dataclass, field
from enum import StrEnum

from playhead.rollout.evidence import upper_bound

SELF_ENDING = 1
"""Holds of a stage that end by themselves. A doubt that comes back is one for a person."""


class Decision(StrEnum):
    """What is to be done."""

    ADVANCE = "advance"
    """Go to the next stage; after the last one, the rollout is finished."""
    HOLD = "hold"
    """Stay at this stage, whatever has been proven."""
    ROLL_BACK = "roll_back"
    NOTHING_YET = "nothing_yet"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold of the judge.

    Args:
        why: the `why` of the verdict that began it.
        people_then: streaming people with an observation, when it began.
        since_s: how much of the stage had been watched then.
    """

    why: str
    people_then: int
    since_s: float


@dataclass(frozen=True, slots=True)
class Streak:
    """A line of the servers: looks after each other above it, and whether it was kept before in this stage."""

    looks: int = 0
    was_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the judge knows of a stage between two looks. A new stage begins with `Memory()`, and so does one whose
    evidence begins anew.

    Args:
        baked_s: how long the stage has been watched. Whoever calls the judge adds to it.
        hold: the present one.
        holds: how many there were, with the present one.
        heard: people of both arms who had reported, of whom it was due, when there last was a new one.
        due: people of whom a report was due then.
        server: the lines of the servers.
    """

    baked_s: float = 0.0
    hold: Hold | None = None
    holds: int = 0
    heard: int = 0
    due: int = 0
    server: dict[str, Streak] = field(default_factory=dict)

    @property
    def needs_person(self) -> bool:
        """Whether the present hold ends only by a person."""
        return self.hold is not None and (self.holds > SELF_ENDING or self.hold.why == "cap")


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmEvidence:
    """What there is about one harm.

    Args:
        stream_people: of whom it is known whether it happened; the same for `poll_people`.
        log_absolute: ln E against the budget; None: not tested so.
        log_relative: ln E against the polling people; None: not tested so, or there are too few of them.
        hold_line: from this ln E on it is doubted (`rule.HOLD`).
        roll_back_line: from this ln E on it is certain; None: it only holds.
        is_common: whether polling people are harmed beyond the budget too, and streaming people not much more often.
    """

    id: str
    stream_harmed: int
    stream_people: int
    poll_harmed: int
    poll_people: int
    log_absolute: float | None
    log_relative: float | None
    hold_line: float
    roll_back_line: float | None
    is_common: bool

    @property
    def upper(self) -> float:
        """The bound of the streaming people's rate, at 95 %."""
        return upper_bound(self.stream_harmed, self.stream_people)

    @property
    def stream_rate(self) -> float:
        return self.stream_harmed / self.stream_people if self.stream_people else 0.0

    @property
    def poll_rate(self) -> float:
        return self.poll_harmed / self.poll_people if self.poll_people else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge decides.

    Args:
        sample_ratio: ln E against "people are drawn as the slider is set".
        why: an id for programs: that of a harm or a line of the plan, or one of `judge.WHYS`.
        sentence: the same for people, with the numbers.
        memory: for the next look.
    """

    decision: Decision
    harms: tuple[HarmEvidence, ...]
    sample_ratio: float
    why: str
    sentence: str
    memory: Memory
