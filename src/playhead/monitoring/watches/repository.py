"""The queries that write watches: the reports of pages, and what the server did.

Each statement takes rows in the order of their keys, so that two processes never wait for each other's rows.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, case, select, tuple_, update
from sqlalchemy.orm import Session as Db

from playhead.db import insert_of, present
from playhead.monitoring.watches.accepted import Added, Kept, Watch, accepted
from playhead.monitoring.watches.affected import Affected, count_new, effects, fell_back_later
from playhead.monitoring.watches.exposures import Exposure
from playhead.monitoring.watches.models import WATCHES, WatchRow
from playhead.monitoring.watches.report import Report

_kept = msgspec.json.Decoder(Kept)


class Key(NamedTuple):
    """A watch: the digests of a person and of what they follow."""

    person: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A report that a page sent.

    Args:
        most_s: seconds that it may add at most.
        tries: how often no watch of it was found.
    """

    key: Key
    page: str
    seq: int
    report: Report
    most_s: float = math.inf
    tries: int = 0


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
    """What came of reports.

    Args:
        added: what each accepted one adds.
        repeated: how many were repeated.
        unmatched: those without a watch.
        affected: what happened to people who were not counted for it in the last hours, once for each.
    """

    added: Sequence[Added]
    repeated: int
    unmatched: Sequence[Sent]
    affected: Sequence[str] = ()


def take_reports(db: Db, sent: Sequence[Sent]) -> Taken:
    """Adds reports to their watches, in the order in which they were sent.

    A report begins no watch: only what the server itself gave to a person does, and it checks whose a session is.
    """
    moment = present(db)
    by_key: dict[Key, list[Sent]] = {}
    for one in sent:
        by_key.setdefault(one.key, []).append(one)
    held = {key_of(row): row for row in locked(db, by_key.keys())}
    added: list[Added] = []
    changes: list[tuple[Key, Mapping[str, Any]]] = []
    affected: set[Affected] = set()
    for key in sorted(held):
        before = watch = _watch(held[key])
        for one in by_key[key]:
            if (result := accepted(watch, one.page, one.seq, one.report, moment, one.most_s)) is not None:
                watch, what = result
                added.append(what)
                affected |= {(key.person, effect) for effect in effects(what)}
        if watch is not before:
            changes.append((key, _columns(watch) | {"updated_at": moment}))
    change(db, changes)
    unmatched = [one for one in sent if one.key not in held]
    new = count_new(db, moment, affected)
    later = ["fallback_later"] * fell_back_later(db, moment, new)
    return Taken(
        added=added,
        repeated=len(sent) - len(added) - len(unmatched),
        unmatched=unmatched,
        affected=(*(effect for _, effect in new), *later),
    )


def add_facts(db: Db, facts: Sequence[Facts], now: float) -> None:
    """Adds what the server did to its watches.

    Args:
        db: a database session.
        facts: what it did.
        now: by the clock of the process.
    """
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
        },
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
