"""Counts what no page reported: silent watches by what the server did, and final statuses that nobody was shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.monitoring.watches.affected import Affected, count_new
from playhead.monitoring.watches.models import WATCHES
from playhead.monitoring.watches.report import ESTABLISHED_S, FINAL_LATE_S, Report, final_outcome
from playhead.monitoring.watches.repository import Key, change, kept_of, key_of, locked, text_of, words

QUIET = timedelta(minutes=2)
"""Pages report once a minute, and an open stream is noted once a minute: without either for so long it is over."""
YOUNG = timedelta(minutes=3)
"""A page first reports after 40 s; one that was hidden at once and came back needs a little longer."""
AT_ONCE = 500
"""Watches that one transaction counts: it holds their rows for some 20 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is counted of a watch from what the server did.

    Args:
        report: its seconds, in the place of reports.
        is_watch: whether it is counted as a watch, or only its final status.
        affected: what happened to its person, if that was not counted in the last hours.
    """

    weight: int
    report: Report = field(default_factory=Report)
    harms: frozenset[str] = frozenset()
    final: str = ""
    is_watch: bool = False
    affected: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EndedWatch:
    """A watch of a session that ended while somebody was there: a stream or a poll within the minute before."""

    key: Key
    ended_at: datetime
    version: int


def count_silent(db: Db) -> list[Counted]:
    """Marks silent watches as counted, `AT_ONCE` at most, and returns what is counted of each."""
    moment = present(db)
    is_silent = WATCHES.c.reported_at.is_(None) & WATCHES.c.counted_at.is_(None)
    is_over = (WATCHES.c.updated_at < moment - QUIET) & (WATCHES.c.begun_at < moment - YOUNG)
    due = select(WATCHES.c.person, WATCHES.c.subject).where(is_silent, is_over).limit(AT_ONCE)
    keys = [Key(*row) for row in db.connection().execute(due).all()]
    # Asked again under the lock: a report may have come between the two statements.
    rows = [row for row in locked(db, keys) if row.reported_at is None and row.counted_at is None] if keys else []
    harms = [words(row.harms) | _harms(row) for row in rows]
    changed = [
        (key_of(row), {"counted_at": moment, "harms": text_of(found)}) for row, found in zip(rows, harms, strict=True)
    ]
    change(db, changed)
    return _with_affected(db, [(row.person, _counted(row)) for row in rows])


def settle(db: Db, ended: Sequence[EndedWatch]) -> list[Counted]:
    """Notes how the final status came to watches whose pages did not report it, by what all processes wrote.

    It is missing where it was never written. For a page that reported that nobody looks any more it is not judged,
    unless it came in time.
    """
    by_key = {one.key: one for one in ended}
    rows = [row for row in locked(db, by_key.keys()) if not row.final] if by_key else []
    changed: list[tuple[Key, dict[str, str]]] = []
    counted: list[tuple[str, Counted]] = []
    for row in rows:
        if (outcome := _outcome(row, by_key[key_of(row)])) is not None:
            final, harms = outcome
            changed.append((key_of(row), {"final": final, "harms": text_of(words(row.harms) | harms)}))
            counted.append((row.person, Counted(weight=row.weight, harms=harms - words(row.harms), final=final)))
    change(db, changed)
    return _with_affected(db, counted)


def _with_affected(db: Db, found: Sequence[tuple[str, Counted]]) -> list[Counted]:
    """The same, with what happened to these people."""
    pairs: list[set[Affected]] = [{(person, effect) for effect in _effects(one)} for person, one in found]
    new = count_new(db, present(db), {pair for of_one in pairs for pair in of_one})
    counted = []
    for of_one, (_, one) in zip(pairs, found, strict=True):
        counted.append(replace(one, affected=frozenset(effect for _, effect in of_one & new)))
        new -= of_one
    return counted


def _effects(counted: Counted) -> frozenset[str]:
    """What the server alone knows to have happened to a person, of `catalog.EFFECTS`."""
    found = {
        "silent": counted.is_watch,
        "finals": counted.final in ("late", "missing"),
    }
    return frozenset(what for what, is_found in found.items() if is_found and counted.weight)


def _outcome(row: Row[Any], ended: EndedWatch) -> tuple[str, frozenset[str]] | None:
    """How the final status came, and the harm in that; None: nobody looked, so it was neither late nor missing."""
    is_written = row.last_version >= ended.version
    late_s = (row.version_at - ended.ended_at).total_seconds() if is_written else inf
    outcome = final_outcome(late_s)
    if outcome == "in_time":
        return outcome, frozenset()
    # What was written after a minute was asked for by somebody who had left, and came back.
    if (is_written and outcome == "missing") or kept_of(row.report).sums.end:
        return None
    if outcome == "missing":
        return outcome, frozenset({"final_missing"})
    return outcome, frozenset({"final_late"} if late_s > FINAL_LATE_S else ())


def _counted(row: Row[Any]) -> Counted:
    """What the server did counts as watched, and as fresh: an open stream has a heartbeat within 22.5 s, and so has
    the time between two polls as it is noted."""
    seconds = {"stream": (row.stream_s, row.stream_s), "poll": (row.poll_s, row.poll_s)}
    total = row.stream_s + row.poll_s if row.arm == "stream" else 0.0
    report = Report(seconds={mode: pair for mode, pair in seconds.items() if any(pair)}, allowed=(total, total))
    return Counted(weight=row.weight, report=report, harms=_harms(row) - words(row.harms), is_watch=True)


def _harms(row: Row[Any]) -> frozenset[str]:
    has_data = row.established or row.polls
    return frozenset() if has_data or row.stream_s < ESTABLISHED_S else frozenset({"never_established"})
