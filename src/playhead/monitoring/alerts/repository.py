"""The queries about alerts: what a look found is judged and written in one transaction, with the incidents of it."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.db import insert_of, present
from playhead.monitoring.alerts.incidents import AlertState, Incident, Look, State, States
from playhead.monitoring.alerts.judge import GAP, firing_since, is_forgotten, judge
from playhead.monitoring.alerts.measure import Measured
from playhead.monitoring.alerts.models import INCIDENTS, LOOKS, AlertLookRow, IncidentRow
from playhead.monitoring.alerts.table import Alert

KEPT = timedelta(days=90)
"""As long as the sums by the hour, in which one sees what happened."""
ONE = 1
"""The id of the row of the last look."""

_states = msgspec.json.Decoder(dict[str, AlertState])

logger = log.get(__name__)


def open_incidents(db: Db) -> Sequence[Incident]:
    """The incidents that go on, the newest first."""
    found = select(INCIDENTS).where(INCIDENTS.c.ended_at.is_(None))
    return [incident_of(row) for row in db.connection().execute(found.order_by(INCIDENTS.c.id.desc()))]


def history(db: Db, since: datetime, limit: int | None = None) -> Sequence[Incident]:
    """The incidents that ended since then, the newest first, and no more than `limit`."""
    found = select(INCIDENTS).where(INCIDENTS.c.ended_at >= since).order_by(INCIDENTS.c.id.desc())
    return [incident_of(row) for row in db.connection().execute(found.limit(limit))]


def states(db: Db) -> Look | None:
    """The last look; None before the first."""
    row = db.connection().execute(select(LOOKS).where(LOOKS.c.looked_at.is_not(None))).first()
    return Look(row.looked_at, _decode(row.states)) if row else None


def write_look(db: Db, moment: datetime, found: Sequence[tuple[Alert, Measured]]) -> bool:
    """Judges what was measured, and writes the states and the incidents that begin and end by it.

    One at a time: of two processes that looked at once, the later look is judged after the other. A look that comes
    after a later one is dropped, unless the clock was set back meanwhile.

    Args:
        db: a database session.
        moment: when it was measured, by the database's clock.
        found: what was measured for each alert. What another release watches stays as it is, for an hour.

    Returns:
        False: nothing was written, there is a later look.
    """
    looked_at, text = _lock(db)
    if looked_at is not None and timedelta() < looked_at - moment <= GAP:
        return False
    opened = {one.alert: one for one in open_incidents(db)}
    before = _reconciled(_decode(text), opened, moment)
    after = {name: state for name, state in before.items() if not is_forgotten(state, moment)}
    for alert, measured in found:
        state = after[alert.name] = judge(alert, before.get(alert.name), measured, moment)
        if state.state is State.FIRING and alert.name not in opened:
            _begin(db, alert, state)
    for name, incident in opened.items():
        if name not in after or after[name].state is not State.FIRING:
            _end(db, incident, moment)
    values = {"looked_at": moment, "states": msgspec.json.encode(after).decode()}
    db.connection().execute(update(LOOKS).where(LOOKS.c.id == ONE).values(values))
    return True


def delete_old(db: Db) -> None:
    """Deletes incidents 90 days after their end."""
    db.connection().execute(delete(INCIDENTS).where(INCIDENTS.c.ended_at < present(db) - KEPT))


def _lock(db: Db) -> tuple[datetime | None, str]:
    """The time and the states of the last look, which nobody else changes until the end of the transaction."""
    first = insert_of(db, AlertLookRow).values(id=ONE, looked_at=None, states="")
    db.connection().execute(first.on_conflict_do_nothing())
    same = update(LOOKS).where(LOOKS.c.id == ONE).values(id=ONE)
    row = db.connection().execute(same.returning(LOOKS)).one()
    return row.looked_at, row.states


def _reconciled(states: States, opened: Mapping[str, Incident], moment: datetime) -> dict[str, AlertState]:
    """The states, of which exactly those fire that have an open incident: the incidents stand, also where another
    release wrote states that this one cannot read."""
    firing = {
        name: states[name]
        if name in states and states[name].state is State.FIRING
        else firing_since(incident.begun_at, moment)
        for name, incident in opened.items()
    }
    return {name: one for name, one in states.items() if one.state is not State.FIRING} | firing


def _begin(db: Db, alert: Alert, state: AlertState) -> None:
    summary = alert.sentence(state.value or 0.0)
    begun = insert_of(db, IncidentRow).values(
        alert=alert.name,
        severity=alert.severity,
        summary=summary,
        value=state.value,
        begun_at=state.since,
        notice_at=state.since,
        notice_tries=0,
    )
    db.connection().execute(begun)
    logger.warning("an alert fires", alert=alert.name, severity=alert.severity.value, summary=summary)


def _end(db: Db, incident: Incident, moment: datetime) -> None:
    """Ends an incident. A notice of its begin may be under way, so that of its end is due when a try would be."""
    notice_at = func.coalesce(INCIDENTS.c.notice_at, moment)
    ended = update(INCIDENTS).where(INCIDENTS.c.id == incident.id, INCIDENTS.c.ended_at.is_(None))
    db.connection().execute(ended.values(ended_at=max(moment, incident.begun_at), notice_at=notice_at))
    logger.info("an alert is resolved", alert=incident.alert)


def incident_of(row: Row[Any] | IncidentRow) -> Incident:
    """The incident in a row."""
    return Incident(**{one.name: getattr(row, one.name) for one in fields(Incident)})


def _decode(text: str) -> dict[str, AlertState]:
    """The states; none where another release wrote them in another form."""
    try:
        return _states.decode(text) if text else {}
    except msgspec.DecodeError:
        return {}
