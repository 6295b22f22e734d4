"""The streams by which a probe measures: when each event is sent, and how large it is."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from playhead.live.events import event

FILLER_BYTES = 9 * 1024
"""More than the 8 KB that nginx and its kind collect before they pass anything on."""
LONG_S = 120.0
"""The usual limits of a response's time are 30, 60 and 100 s. Longer ones a stream survives by coming back."""
HEARTBEAT_S = 15.0
"""The heartbeat of streams, so that a limit of silence shows here as it shows there."""
STEADY_S = 2.5
"""Less than any limit of silence: what ends such a stream limits its whole time."""


class Pattern(StrEnum):
    """Which stream."""

    SHORT = "short"
    LARGE = "large"
    LONG = "long"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Step:
    """An event, `at_s` after the beginning. `filler_bytes`: of one that only fills, in random letters; else 0."""

    at_s: float
    filler_bytes: int = 0


BURST = tuple(Step(at_s) for at_s in (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5))
"""From a second on: one event would free the first from what holds each until the next one."""
PATTERNS: Mapping[Pattern, Sequence[Step]] = {
    Pattern.SHORT: (Step(0.0), *BURST),
    Pattern.LARGE: (Step(0.0), Step(0.1, FILLER_BYTES), *BURST),
    Pattern.LONG: (Step(0.0), *(Step(1 + n * HEARTBEAT_S) for n in range(int(LONG_S / HEARTBEAT_S) + 1))),
    Pattern.STEADY: tuple(Step(n * STEADY_S) for n in range(int(LONG_S / STEADY_S) + 1)),
}
"""`short` has less than 1 KB in all; `large` differs by nothing but the filler. Both begin with a small event, as all
streams do: Caddy's `encode` compresses, and holds, what begins with 512 bytes."""


def frame(step: Step, number: int, sent_at: int) -> bytes:
    """The event of a step. `number`: its place among those of the stream; `sent_at`: ms since 1970."""
    if step.filler_bytes:
        return event("filler", {"random": secrets.token_hex(step.filler_bytes // 2)})
    return event("probe", {"number": number, "sent_at": sent_at})
