"""Decides whose session is next, fairly: who was given the least transcription of late comes first."""

import heapq
import math
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

HALF_LIFE_S = 3600.0
"""Usage counts half after an hour. Simulated over a day, with people whose files take 1, 10 and 40 min: on one worker
their seconds differ by 8 % (with 10 min by 34 %: long files are forgotten before their next turn), on 2 to 8 by 1 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with sessions that wait."""

    id: str
    used_s: float
    """Seconds of audio that were transcribed for them of late, as of now."""
    running: int
    """How many of their sessions are being transcribed."""
    last_turn_at: datetime | None
    """When they were last given a worker; None: never."""
    queued_at: datetime
    """When the first of their waiting sessions was queued."""


def decayed(used_s: float, age_s: float) -> float:
    """What usage is worth so many seconds later."""
    return used_s * math.pow(0.5, max(0.0, age_s) / HALF_LIFE_S)


def choose(waiting: Sequence[Person], slots: int, most: int = 0) -> Person | None:
    """Choose whose session a free worker takes.

    First those who have fewer running sessions than their share of the workers, max(1, slots ÷ people waiting); only if
    everybody has their share, one of all: no worker idles while somebody waits. Among them, least usage of late first;
    among equals, in turn: whose last turn is longest ago, then who queued first.

    Args:
        waiting: everybody with a session that waits.
        slots: how many sessions all workers together transcribe at once.
        most: the running sessions that a person may have; 0: no limit.

    Returns:
        The person; None if nobody waits, or everybody has as many running sessions as they may.
    """
    allowed = [person for person in waiting if not most or person.running < most]
    if not allowed:
        return None
    share = max(1, slots // len(allowed))
    entitled = [person for person in allowed if person.running < share]
    return min(entitled or allowed, key=_order)


def _order(person: Person) -> tuple[float, bool, float, float, str]:
    last = person.last_turn_at
    return (
        round(person.used_s, 1),  # equals are equal, though they were measured a moment apart
        last is not None,
        last.timestamp() if last else 0.0,
        person.queued_at.timestamp(),
        person.id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A session that waits or runs, as far as the plan needs it."""

    id: str
    owner_id: str
    work_s: float | None
    """Seconds until it is done, by a worker of its own; None: unknown."""
    audio_s: float
    """Seconds of audio that are to be transcribed."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The session at one position of the queue."""

    id: str
    eta_s: float | None
    """Seconds from now to its end; None: unknown."""


def plan(
    people: Sequence[Person],
    waiting: Mapping[str, Sequence[Work]],
    running: Sequence[Work],
    moment: datetime,
    most: int = 0,
) -> Iterator[Planned]:
    """Plays the queue through: which session is next each time a worker is free, and when it will be done.

    While sessions wait every worker is busy, so there are as many workers as running sessions.

    Args:
        people: those with sessions that wait.
        waiting: their sessions in order, by the person's id.
        running: what the workers do now; `work_s` and `audio_s` are what is left.
        moment: now.
        most: the running sessions that a person may have; 0: no limit.
    """
    # What was queued after the people were read has nobody here: it is in the next plan.
    queues = {person.id: deque(waiting.get(person.id, ())) for person in people}
    busy = Counter(work.owner_id for work in running)
    used = {person.id: (person.used_s, 0.0) for person in people}
    candidates = {person.id: replace(person, running=busy[person.id]) for person in people if queues[person.id]}
    slots = max(1, len(running))
    is_certain = all(work.work_s is not None for work in running)
    busy_until: list[tuple[float, int, Work]] = [(work.work_s or 0.0, n, work) for n, work in enumerate(running)]
    heapq.heapify(busy_until)
    at_s, idle, n = 0.0, int(not running), len(running)
    while candidates:
        found = choose([*candidates.values()], slots, most) if idle else None
        if found is None:
            if not busy_until:
                return
            at_s, _, ended = heapq.heappop(busy_until)
            idle += 1
            busy[ended.owner_id] -= 1
            if ended.owner_id in used:
                used[ended.owner_id] = (_used(used[ended.owner_id], at_s) + ended.audio_s, at_s)
            for owner, person in candidates.items():
                if used[owner][0] or owner == ended.owner_id:  # nobody else changed: with many people, nearly all
                    used_s = _used(used[owner], at_s)
                    candidates[owner] = replace(person, used_s=used_s, running=busy[owner])
            continue
        work = queues[found.id].popleft()
        busy[found.id] += 1
        if queues[found.id]:
            last = moment + timedelta(seconds=at_s)
            candidates[found.id] = replace(found, last_turn_at=last, running=busy[found.id])
        else:
            del candidates[found.id]
        idle -= 1
        is_certain = is_certain and work.work_s is not None and (bool(running) or n == 0)
        done_s = at_s + (work.work_s if work.work_s is not None else work.audio_s)
        heapq.heappush(busy_until, (done_s, n, work))
        n += 1
        yield Planned(work.id, done_s if is_certain else None)


def _used(entry: tuple[float, float], at_s: float) -> float:
    used_s, since_s = entry
    return decayed(used_s, at_s - since_s)
