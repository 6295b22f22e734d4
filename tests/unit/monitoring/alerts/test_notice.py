"""The body of a notice is what receivers of Alertmanager take, and a sentence for chats."""

import json
from typing import Any

from playhead.monitoring.alerts.incidents import Incident
from playhead.monitoring.alerts.notice import body_of
from tests.unit.monitoring.alerts.incident import BEGUN, LASTED, incident

SITE = "https://playhead.example.org"


def body(of: Incident, public_url: str = f"{SITE}/", *, is_over: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body_of(of, public_url, is_over=is_over))
    return found


def test_begin_is_a_payload_of_alertmanager() -> None:
    labels = {"alertname": "RedisAway", "severity": "page", "site": SITE}
    annotations = {
        "summary": "Redis has not answered for 61 s.",
        "people": "Progress comes late, and new recordings are not transcribed.",
        "runbook_url": f"{SITE}/runbooks/redis-away",
    }
    found = body(incident())
    (alert,) = found["alerts"]
    fingerprint = alert.pop("fingerprint")
    assert len(bytes.fromhex(fingerprint)) == 8
    assert alert == {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": "2026-11-30T10:22:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": f"{SITE}/admin/health",
    }
    assert {name: value for name, value in found.items() if name != "alerts"} == {
        "version": "4",
        "groupKey": '{}:{alertname="RedisAway"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "playhead",
        "groupLabels": {"alertname": "RedisAway"},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": SITE,
        "text": "Act now: Redis has not answered for 61 s. People notice: Progress comes late, and new recordings are"
        f" not transcribed. {SITE}/runbooks/redis-away",
    }


def test_end_belongs_to_its_begin() -> None:
    over = incident(ended_at=BEGUN + LASTED)
    begin, end = body(over), body(over, is_over=True)
    assert (begin["status"], end["status"]) == ("firing", "resolved")
    assert begin == body(incident())  # a begin that is sent late is what it was
    assert end["alerts"][0]["endsAt"] == "2026-11-30T10:30:00Z"
    assert end["text"] == f"Over after 8 min: Redis has not answered for 61 s. {SITE}/admin/health"
    same = ("labels", "startsAt", "fingerprint")
    assert [begin["alerts"][0][name] for name in same] == [end["alerts"][0][name] for name in same]


def test_without_an_address_there_are_no_links() -> None:
    found = body(incident(), public_url="")
    assert "http" not in json.dumps(found)
    assert found["text"].endswith("not transcribed.")


def test_ticket_does_not_call_for_action_now() -> None:
    assert body(incident("DiskFilling", "ticket", "86% of a disk is used."))["text"].startswith("86% of a disk")


def test_alert_that_is_gone_is_sent_without_a_runbook() -> None:
    found = body(incident("Gone", summary="Old."))
    assert found["commonAnnotations"] == {"summary": "Old."}
    assert found["text"] == "Act now: Old."


def test_text_is_shown_by_chats_as_it_is() -> None:
    assert "1 &lt; 2 &amp; &lt;@U1&gt;" in body(incident(summary="1 < 2 & <@U1>"))["text"]
    assert body(incident(summary="1 < 2"))["commonAnnotations"]["summary"] == "1 < 2"


def test_two_sites_have_different_fingerprints() -> None:
    one, other = (body(incident(), public_url=url)["alerts"][0]["fingerprint"] for url in (SITE, "https://b.example"))
    assert one != other
