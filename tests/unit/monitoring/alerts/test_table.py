"""The table of alerts is whole, and each can be written and read."""

import re

import pytest

from playhead.metrics import catalog
from playhead.monitoring.alerts.conditions import Burns, NotScraped
from playhead.monitoring.alerts.table import ALERTS, BY_NAME, SCRAPES, Alert, Severity, Unit
from playhead.monitoring.sums.objectives import BUDGETS, OBJECTIVES

ALL = (*ALERTS, *SCRAPES)


@pytest.mark.parametrize("alert", ALL, ids=lambda one: one.name)
def test_alert_has_a_name_and_words_for_a_tired_person(alert: Alert) -> None:
    assert re.fullmatch(r"[A-Z][a-zA-Z]{4,30}", alert.name)
    assert re.fullmatch(r"[a-z-]+", alert.runbook)
    assert alert.for_s >= 60  # nothing that lasts a moment is worth a look
    for sentence in (alert.sentence(0.0123), alert.people):
        assert re.fullmatch(r"[A-Z0-9].{10,140}\.", sentence)
        assert "{" not in sentence


def test_names_are_of_one_alert_each() -> None:
    assert len(BY_NAME) == len(ALL)


def test_alerts_of_prometheus_alone_are_apart() -> None:
    assert not [one for one in ALERTS if isinstance(one.condition, NotScraped)]
    assert all(isinstance(one.condition, NotScraped) for one in SCRAPES)


def test_each_budget_has_a_page_and_a_ticket() -> None:
    found = [(one.condition.budget.id, one.severity) for one in ALERTS if isinstance(one.condition, Burns)]
    assert sorted(found) == sorted((budget.id, severity) for budget in BUDGETS for severity in Severity)


def test_windows_can_exceed_what_they_are_held_against() -> None:
    for alert in ALERTS:
        if isinstance(alert.condition, Burns):
            for window in alert.condition.windows:
                assert window.short_s * 12 == window.long_s
                assert window.factor * alert.condition.budget.errors < 1


def test_people_are_counted_by_what_alerts_ask_for() -> None:
    others = {"watched", "silent", "fallback", "fallback_later"}
    assert {budget.id for budget in BUDGETS} | others == set(catalog.EFFECTS)


def test_promises_are_those_that_the_page_checks() -> None:
    goals = {one.id: one.goal for one in OBJECTIVES}
    promised = {one.id: one.objective for one in BUDGETS}
    assert promised == {
        "fresh": goals["uptime"],
        "lag": goals["lag"],
        "established": 0.999,
        "finals": goals["finals"],
    }


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (Unit.PERCENT, 0.0123, "1.23%"),
        (Unit.PERCENT, 1.0, "100%"),
        (Unit.SECONDS, 61.4, "61 s"),
        (Unit.COUNT, 12.0, "12"),
    ],
)
def test_value_is_written_with_its_unit(unit: Unit, value: float, text: str) -> None:
    alert = next(one for one in ALERTS if one.unit is unit and "{value}" in one.summary)
    assert text in alert.sentence(value)
