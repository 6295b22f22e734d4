"""Judges a path by what its people report: a circuit breaker, as pure functions.

A path goes `healthy → buffered → probing → healthy`. While it is buffered nobody begins a stream on it; while it is
probed a few people do, and by what they report it is healthy again, or buffered for twice as long.

Reports can be invented, and an antivirus or a company's proxy is one person's: so only several people together move a
path, and of a probe only the reports of those who were chosen for it count.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

WINDOW_S = 300.0
"""Reports count for five minutes: long enough for three people to meet, short enough to be about now."""
PEOPLE_MIN = 3
"""One person's antivirus is not the path, and a second person may have the same."""
READERS_SHARE = 0.2
"""Of a path's readers. A path that fails most of them passes it within seconds; antivirus in an office does not."""
REST_MIN_S, REST_MAX_S = 300.0, 3600.0
"""How long a path stays buffered before it is probed: each time twice as long, up to an hour. A deploy that mends a
proxy is found within 5 minutes, and a proxy that stays as it is costs a few people a stalled stream an hour."""
TRICKLE = 0.05
"""The share of people who may stream while a path is probed."""
WIDER_EVERY_S = 300.0
"""Without a report from anybody chosen, the share doubles after so long: on a path of ten people it is often nobody."""
WIDER_MAX = 5
"""After so many times the share is everybody."""


class PathState(StrEnum):
    """The state of a path."""

    HEALTHY = "healthy"
    BUFFERED = "buffered"
    PROBING = "probing"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a path is found to be.

    Args:
        since: when the state began, in seconds since 1970.
        rest_s: how long it was or is to be buffered before the next probe; 0: it has not been of late.
    """

    state: PathState
    since: float
    rest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Distinct people of a path: its readers, and those whose newest report since the state began says that a stream
    was proven, or was mute or stalled. While a path is probed, the last two are of people who were chosen."""

    readers: int = 0
    proven: int = 0
    muted: int = 0


def judge(last: Judgement | None, evidence: Evidence, now: float) -> Judgement | None:
    """The judgement of a path now; None while nothing is known of it.

    Args:
        last: the judgement before.
        evidence: of the last `WINDOW_S`, but no older than the state.
        now: in seconds since 1970.
    """
    if last is None or last.state is PathState.HEALTHY:
        return _judge_healthy(last, evidence, now)
    if last.state is PathState.BUFFERED:
        return Judgement(PathState.PROBING, now, last.rest_s) if now >= last.since + last.rest_s else last
    if evidence.muted:
        return Judgement(PathState.BUFFERED, now, _next_rest_s(last.rest_s))
    return Judgement(PathState.HEALTHY, now, last.rest_s) if evidence.proven else last


def _judge_healthy(last: Judgement | None, evidence: Evidence, now: float) -> Judgement | None:
    share = evidence.muted / max(1, evidence.readers, evidence.muted)
    has_relapsed = last is not None and now < last.since + REST_MAX_S
    if evidence.muted >= PEOPLE_MIN and share >= READERS_SHARE:
        return Judgement(PathState.BUFFERED, now, _next_rest_s(last.rest_s if last and has_relapsed else 0.0))
    if last is None:
        return Judgement(PathState.HEALTHY, now) if evidence.proven else None
    return last


def _next_rest_s(rest_s: float) -> float:
    return min(REST_MAX_S, max(REST_MIN_S, 2 * rest_s))


def share_of(judgement: Judgement, now: float) -> float:
    """The share of people who may stream on a path."""
    if judgement.state is not PathState.PROBING:
        return float(judgement.state is PathState.HEALTHY)
    times = (now - judgement.since) // WIDER_EVERY_S
    return float(min(1.0, TRICKLE * 2 ** max(0.0, min(WIDER_MAX, times))))


def begin_of(judgement: Judgement | None, now: float) -> float:
    """The time from which reports count for the next judgement."""
    return max(now - WINDOW_S, judgement.since if judgement is not None else 0.0)


def counts(person_digest: str, judgement: Judgement | None, now: float) -> bool:
    """Whether what this person reports counts for the next judgement."""
    if judgement is None or judgement.state is not PathState.PROBING:
        return True
    return is_chosen(person_digest, judgement, share_of(judgement, now))


def is_chosen(person_digest: str, judgement: Judgement, share: float) -> bool:
    """Whether a person is among this share. The same for a whole probe, and others for the next one."""
    drawn = blake2b(f"{person_digest} {judgement.since}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) < share * 2**64
