"""The queries that write watches: the reports of pages, and what the server did.

Each statement takes rows in the order of their keys, so that two processes never wait for each other's rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, case, func, select, tuple_, update
from sqlalchemy.orm import Session as Db

from playhead.db import insert_of, present
from playhead.monitoring.watches.accepted import Added, Kept, Watch, accepted
from playhead.monitoring.watches.exposures import Exposure
from playhead.monitoring.watches.models import WATCHES, WatchRow
from playhead.monitoring.watches.report import Report

NEW_MAX = 200
"""New watches of a person in a day that reports may begin, about 200 kB: with invented ids one account could otherwise
fill the disk. Who uploads for hours follows the list, which is one watch."""
NEW_WINDOW = timedelta(days=1)
BEGUN_MAX_S = 90.0
"""A page first reports 40 s after its start at the latest, so a watch that begins with a report began no earlier."""

EXPOSURE = ("rollout", "stage", "arm")
"""A report may arrive in a process that never asked the flags about its person; then the facts fill it in."""

_kept = msgspec.json.Decoder(Kept)


class Key(NamedTuple):
    """A watch: the digests of a person and of what they follow."""

    person: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A report that a page sent. `exposure` and `weight` are for a watch that begins with it."""

    key: Key
    exposure: Exposure
    weight: int
    page: str
    seq: int
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What this process did for a watch since it was last written. Times are by the clock of the process.

    Args:
        seen_at: the last contact.
        version_at: when its last version was first written; None: none was.
    """

    key: Key
    exposure: Exposure
    weight: int
    begun_at: float
    seen_at: float
    streams: int = 0
    established: int = 0
    polls: int = 0
    stream_s: float = 0.0
    poll_s: float = 0.0
    last_version: int = -1
    version_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of reports: what each accepted one adds, and how many were ignored and why."""

    added: Sequence[Added] = ()
    repeated: int = 0
    too_many: int = 0


def take_reports(db: Db, sent: Sequence[Sent]) -> Taken:
    """Adds reports to their watches, in the order in which they were sent."""
    moment = present(db)
    by_key: dict[Key, list[Sent]] = {}
    for one in sent:
        by_key.setdefault(one.key, []).append(one)
    allowed = _allowed(db, by_key, moment)
    rows = [_begun_by(by_key[key], moment) for key in sorted(allowed)]
    too_many = sum(len(reports) for key, reports in by_key.items() if key not in allowed)
    if not rows:
        return Taken(too_many=too_many)
    # The upsert locks the rows for the rest of the transaction, on both kinds of database.
    same = {"person": WATCHES.c.person}
    upsert = insert_of(db, WatchRow).on_conflict_do_update(index_elements=["person", "subject"], set_=same)
    held = {key_of(row): row for row in db.connection().execute(upsert.returning(WATCHES), rows)}
    added: list[Added] = []
    changes: list[tuple[Key, Mapping[str, Any]]] = []
    for key in sorted(held):
        before = watch = _watch(held[key])
        for one in by_key[key]:
            if (result := accepted(watch, one.page, one.seq, one.report, moment)) is not None:
                watch, what = result
                added.append(what)
        if watch is not before:
            changes.append((key, _columns(watch) | {"updated_at": moment}))
    change(db, changes)
    repeated = sum(len(by_key[key]) for key in held) - len(added)
    return Taken(added=added, repeated=repeated, too_many=too_many)


def add_facts(db: Db, facts: Sequence[Facts], now: float) -> None:
    """Adds what the server did to its watches. `now`: by the clock of the process."""
    moment = present(db)
    rows = [_row_of(one, moment, now) for one in sorted(facts, key=lambda one: one.key)]
    insert = insert_of(db, WatchRow)
    new, row = insert.excluded, WatchRow
    is_newer = new.last_version > row.last_version
    added = {name: getattr(row, name) + new[name] for name in ("streams", "established", "polls", "stream_s", "poll_s")}
    upsert = insert.on_conflict_do_update(
        index_elements=["person", "subject"],
        set_=added
        | {
            "begun_at": case((new.begun_at < row.begun_at, new.begun_at), else_=row.begun_at),
            "updated_at": case((new.updated_at > row.updated_at, new.updated_at), else_=row.updated_at),
            "last_version": case((is_newer, new.last_version), else_=row.last_version),
            "version_at": case((is_newer, new.version_at), else_=row.version_at),
        }
        | {name: case((row.arm == Exposure().arm, new[name]), else_=getattr(row, name)) for name in EXPOSURE},
    )
    db.connection().execute(upsert, rows)


def locked(db: Db, keys: Collection[Key]) -> Sequence[Row[Any]]:
    """The rows of these watches, which nobody else changes until the end of the transaction."""
    if db.get_bind().dialect.name == "sqlite":  # where a write locks all
        same = update(WATCHES).where(_among(keys)).values(person=WATCHES.c.person)
        return db.connection().execute(same.returning(WATCHES)).all()
    ordered = select(WATCHES).where(_among(keys)).order_by(WATCHES.c.person, WATCHES.c.subject)
    return db.connection().execute(ordered.with_for_update()).all()


def change(db: Db, changes: Sequence[tuple[Key, Mapping[str, Any]]]) -> None:
    """Writes new values into locked rows, the same columns in each."""
    if not changes:
        return
    is_it = WATCHES.c.person == bindparam("of_person"), WATCHES.c.subject == bindparam("of_subject")
    names: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changes[0][1]}
    rows = [
        {"of_person": key.person, "of_subject": key.subject} | {f"new_{name}": value for name, value in values.items()}
        for key, values in changes
    ]
    db.connection().execute(update(WATCHES).where(*is_it).values(names), rows)


def key_of(row: Row[Any]) -> Key:
    """The key of a row."""
    return Key(row.person, row.subject)


def words(text: str) -> frozenset[str]:
    """The words of a column of several."""
    return frozenset(text.split())


def text_of(harms: Iterable[str]) -> str:
    """The same as text."""
    return " ".join(sorted(harms))


def kept_of(text: str) -> Kept:
    """What is kept of reports; nothing where another release wrote it in another form."""
    try:
        return _kept.decode(text) if text else Kept()
    except msgspec.DecodeError:
        return Kept()


def _allowed(db: Db, by_key: Mapping[Key, Sequence[Sent]], moment: datetime) -> set[Key]:
    """The watches that exist, and of each person as many new ones as they may still begin."""
    present_keys = select(WATCHES.c.person, WATCHES.c.subject).where(_among(by_key.keys()))
    existing = {Key(*row) for row in db.connection().execute(present_keys).all()}
    new = [key for key in by_key if key not in existing]
    if not new:
        return existing
    is_recent = WatchRow.person.in_({key.person for key in new}), WatchRow.begun_at > moment - NEW_WINDOW
    counted = select(WatchRow.person, func.count()).where(*is_recent).group_by(WatchRow.person)
    begun: dict[str, int] = dict(db.execute(counted).all())
    for key in new:
        if begun.get(key.person, 0) < NEW_MAX:
            begun[key.person] = begun.get(key.person, 0) + 1
            existing.add(key)
    return existing


def _begun_by(reports: Sequence[Sent], moment: datetime) -> dict[str, Any]:
    """The row of a watch that begins with these reports."""
    elapsed_s = min(BEGUN_MAX_S, max(one.report.elapsed_s for one in reports))
    first = reports[0]
    facts = Facts(key=first.key, exposure=first.exposure, weight=first.weight, begun_at=-elapsed_s, seen_at=0.0)
    return _row_of(facts, moment, now=0.0)


def _row_of(facts: Facts, moment: datetime, now: float) -> dict[str, Any]:
    def at(time: float) -> datetime:
        return moment - timedelta(seconds=now - time)

    return {
        **facts.key._asdict(),
        "begun_at": at(facts.begun_at),
        "updated_at": at(facts.seen_at),
        "rollout": facts.exposure.rollout,
        "stage": facts.exposure.stage,
        "arm": facts.exposure.arm,
        "weight": facts.weight,
        "streams": facts.streams,
        "established": facts.established,
        "polls": facts.polls,
        "stream_s": facts.stream_s,
        "poll_s": facts.poll_s,
        "last_version": facts.last_version,
        "version_at": None if facts.version_at is None else at(facts.version_at),
        "reported_at": None,
        "report": "",
        "harms": "",
        "final": "",
        "counted_at": None,
    }


def _watch(row: Row[Any]) -> Watch:
    return Watch(
        begun_at=row.begun_at,
        weight=row.weight,
        reported_at=row.reported_at,
        counted_at=row.counted_at,
        harms=words(row.harms),
        final=row.final,
        kept=kept_of(row.report),
    )


def _columns(watch: Watch) -> dict[str, Any]:
    return {
        "reported_at": watch.reported_at,
        "report": msgspec.json.encode(watch.kept).decode(),
        "harms": text_of(watch.harms),
        "final": watch.final,
    }


def _among(keys: Collection[Key]) -> ColumnElement[bool]:
    return tuple_(WATCHES.c.person, WATCHES.c.subject).in_(sorted(keys))
