"""The document of alerts: how each stands, whether anybody looks, and what became of the notices."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from playhead.monitoring.alerts.document import STALE_AFTER, AlertsDocument, document_of
from playhead.monitoring.alerts.incidents import AlertState, Incident, Look, State
from playhead.monitoring.alerts.table import ALERTS
from playhead.webhooks.outbox import OLD_AFTER
from tests.unit.monitoring.alerts.incident import BEGUN, LASTED, incident

EXAMPLE = Path(__file__).parents[3] / "contract" / "wire" / "alerts.json"
FIRING = AlertState(state=State.FIRING, value=74.0, since=BEGUN, held_at=BEGUN, seen_at=BEGUN)
ENDED = BEGUN + LASTED
NOW = ENDED + timedelta(seconds=5)


def document(*ended: Incident, looked_at: datetime | None = NOW, now: datetime = NOW) -> AlertsDocument:
    look = Look(looked_at, {"RedisAway": FIRING}) if looked_at else None
    return document_of(now, look, [incident()], ended, webhook=True, telemetry=True)


def test_example_has_every_field_and_no_other() -> None:
    example = EXAMPLE.read_bytes()
    again = msgspec.json.encode(msgspec.json.decode(example, type=AlertsDocument))
    assert msgspec.json.decode(again) == msgspec.json.decode(example)


def test_every_alert_of_the_table_is_listed_with_its_state() -> None:
    found = document()
    assert [one.name for one in found.alerts] == [one.name for one in ALERTS]
    assert {one.name: (one.value, one.since) for one in found.alerts if one.state == "firing"} == {
        "RedisAway": (74.0, BEGUN)
    }
    assert {one.runbook for one in found.alerts} == {f"/runbooks/{one.runbook}" for one in ALERTS}


def test_open_incident_has_its_words_and_runbook() -> None:
    (one,) = document().open
    assert (one.summary, one.people, one.runbook, one.begun_at, one.ended_at) == (
        "Redis has not answered for 61 s.",
        "Progress comes late, and new recordings are not transcribed.",
        "/runbooks/redis-away",
        BEGUN,
        None,
    )


def test_what_needs_somebody_at_once_comes_first_then_the_newest() -> None:
    newest_first = [incident("DiskFilling", "ticket"), incident(), incident("QueueOld", "ticket"), incident("DiskFull")]
    found = document_of(NOW, None, newest_first, [], webhook=True, telemetry=True)
    assert [one.alert for one in found.open] == ["RedisAway", "DiskFull", "DiskFilling", "QueueOld"]


@pytest.mark.parametrize(
    ("looked_at", "watching"),
    [(NOW, True), (NOW - STALE_AFTER + timedelta(seconds=1), True), (NOW - STALE_AFTER, False)],
)
def test_nobody_watches_once_looks_stay_away(looked_at: datetime, watching: bool) -> None:
    assert document(looked_at=looked_at).watching is watching


def test_before_the_first_look_nobody_watches() -> None:
    found = document(looked_at=None)
    assert (found.watching, found.looked_at) == (False, None)
    assert {one.state for one in found.alerts} == {"inactive"}


@pytest.mark.parametrize(
    ("of", "notice"),
    [
        (incident(), "waiting"),
        (incident(begin_noticed_at=BEGUN), "sent"),
        (incident(ended_at=ENDED), "waiting"),
        (incident(ended_at=ENDED, begin_noticed_at=BEGUN), "waiting"),
        (incident(ended_at=ENDED, begin_noticed_at=BEGUN, end_noticed_at=ENDED), "sent"),
    ],
)
def test_notice_that_is_shown_is_the_newest(of: Incident, notice: str) -> None:
    assert document(of).history[0].notice == notice


def test_notice_is_given_up_a_day_after_the_end() -> None:
    assert (
        document(incident(ended_at=ENDED), now=ENDED + OLD_AFTER + timedelta(seconds=1)).history[0].notice == "given_up"
    )


def test_without_a_webhook_there_are_no_notices() -> None:
    found = document_of(NOW, None, [incident()], [incident(ended_at=ENDED)], webhook=False, telemetry=True)
    assert (found.webhook, found.open[0].notice, found.history[0].notice) == (False, None, None)


def test_alert_that_is_gone_is_shown_by_its_words() -> None:
    one = document(incident("Gone", ended_at=ENDED)).history[0]
    assert (one.alert, one.people, one.runbook) == ("Gone", "", None)
