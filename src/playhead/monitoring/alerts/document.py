"""The document of `GET /admin/alerts`: what is wrong, what was, and what is watched."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from playhead.monitoring.alerts.incidents import AlertState, Incident, Look
from playhead.monitoring.alerts.runbooks import path_of
from playhead.monitoring.alerts.table import ALERTS, BY_NAME, Alert, Severity, Unit
from playhead.webhooks.outbox import OLD_AFTER

STALE_AFTER = timedelta(minutes=2)
"""A look is due every 30 s: after four that did not come nobody watches. So long is also the gap after which a
condition must hold anew."""

NoticeState = Literal["waiting", "sent", "given_up"]
StateName = Literal["inactive", "pending", "firing"]
"""Of a `State`, which is not named here: OpenAPI has one schema of that name."""


class IncidentDocument(msgspec.Struct):
    """One time that an alert fired. `notice`: what became of its newest notice; null where no webhook is set."""

    id: int
    alert: str
    severity: str
    summary: str
    people: str
    runbook: str | None
    begun_at: datetime
    ended_at: datetime | None
    notice: NoticeState | None


class AlertDocument(msgspec.Struct):
    """An alert and how it stands, since when. `value` is a share, seconds or a number, by `unit`; null without data."""

    name: str
    severity: str
    state: StateName
    since: datetime | None
    value: float | None
    unit: Unit
    people: str
    runbook: str | None


class AlertsDocument(msgspec.Struct):
    """What is wrong, what needs somebody at once first, and what was; the newest first. And all that is watched.

    `watching` is false while no process evaluates the alerts; `webhook`: whether notices are posted; `telemetry`: false
    where pages report nothing, so that no alert about what people see can fire.
    """

    watching: bool
    looked_at: datetime | None
    webhook: bool
    telemetry: bool
    open: list[IncidentDocument]
    history: list[IncidentDocument]
    alerts: list[AlertDocument]


def document_of(
    now: datetime,
    look: Look | None,
    begun: Sequence[Incident],
    ended: Sequence[Incident],
    *,
    webhook: bool,
    telemetry: bool,
) -> AlertsDocument:
    """Makes the document.

    Args:
        now: the database's time.
        look: the last look of any process; None: there was none.
        begun: the incidents that go on.
        ended: those that are over.
        webhook: whether notices of them are posted.
        telemetry: whether pages report what their readers see.
    """
    states = look.states if look else {}
    return AlertsDocument(
        watching=look is not None and now - look.looked_at < STALE_AFTER,
        looked_at=look.looked_at if look else None,
        webhook=webhook,
        telemetry=telemetry,
        open=[_incident(one, now, webhook=webhook) for one in sorted(begun, key=_is_ticket)],
        history=[_incident(one, now, webhook=webhook) for one in ended],
        alerts=[_alert(one, states.get(one.name)) for one in ALERTS],
    )


def _is_ticket(one: Incident) -> bool:
    return one.severity != Severity.PAGE


def _incident(one: Incident, now: datetime, *, webhook: bool) -> IncidentDocument:
    alert = BY_NAME.get(one.alert)
    return IncidentDocument(
        id=one.id,
        alert=one.alert,
        severity=one.severity,
        summary=one.summary,
        people=alert.people if alert else "",
        runbook=path_of(one.alert),
        begun_at=one.begun_at,
        ended_at=one.ended_at,
        notice=_notice(one, now) if webhook else None,
    )


def _notice(one: Incident, now: datetime) -> NoticeState:
    is_sent = one.begin_noticed_at if one.ended_at is None else one.end_noticed_at
    if is_sent:
        return "sent"
    return "given_up" if one.ended_at is not None and now - one.ended_at > OLD_AFTER else "waiting"


def _alert(alert: Alert, stands: AlertState | None) -> AlertDocument:
    """`stands`: None for an alert that no look has judged yet."""
    return AlertDocument(
        name=alert.name,
        severity=alert.severity,
        state=stands.state.value if stands else "inactive",
        since=stands.since if stands else None,
        value=stands.value if stands else None,
        unit=alert.unit,
        people=alert.people,
        runbook=path_of(alert.name),
    )
