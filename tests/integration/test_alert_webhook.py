"""The site's own alerts, without Prometheus: real web processes, a receiver that is away at first, and one incident."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from playhead.monitoring.alerts import repository
from tests.support.ports import free_port
from tests.support.quick_alerts import ALERT, quick_alerts
from tests.support.site import Person, Site, Web, site_on
from tests.support.valkey import valkey
from tests.support.waiting import until
from tests.support.webhook_receiver import SECRET, Received, WebhookReceiver

REFUSED = "a notice was not taken"
IN_URL = "T0KEN"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with valkey(folder / "valkey") as redis, site_on(f"sqlite:///{folder}/db", folder, redis) as site:
        yield site


def test_incident_is_noticed_once_by_processes_that_come_and_go(site: Site) -> None:
    port = free_port()  # nobody listens there yet
    settings = {"ALERT_WEBHOOK": f"http://127.0.0.1:{port}/{IN_URL}", "WEBHOOK_SECRET": SECRET}
    person, admin = site.people(2)
    site.make_admins([admin])
    with ExitStack() as stack:
        web = stack.enter_context(quick_alerts(site, **settings))
        with quick_alerts(site, **settings) as other:
            session_id = site.session(person)  # there is no worker, so it waits
            until(lambda: REFUSED in web.program.err + other.program.err, "a notice of the begin was tried")
            shown = alerts(other, admin)
            assert [(one["alert"], one["notice"]) for one in shown["open"]] == [(ALERT, "waiting")]
        receiver = stack.enter_context(closing(WebhookReceiver(port)))
        receiver.status = 503
        last = stack.enter_context(quick_alerts(site, **settings))  # one process was replaced meanwhile
        until(lambda: receiver.received, "a notice is refused")
        receiver.status = 200
        until(lambda: receiver.taken, "the begin is taken")
        httpx.delete(f"{web.url}/api/v1/sessions/{session_id}", headers=person.headers).raise_for_status()
        until(lambda: is_noticed(site), "the end is taken")
        # Whatever would come a second time would come with the next look.
        ended_at = looked_at(site)
        until(lambda: looked_at(site) > ended_at, "it is looked again")
        assert [(one["alert"], one["notice"]) for one in alerts(last, admin)["history"]] == [(ALERT, "sent")]
        logs = web.program.err + last.program.err
    begin, end = receiver.taken
    assert [verified(one) for one in (begin, end)] == [("firing", ALERT), ("resolved", ALERT)]
    assert {one.id for one in receiver.received} == {begin.id, end.id}  # a retry has the same id
    assert receiver.received[0].status == 503
    assert begin.id != end.id
    assert IN_URL not in logs


def alerts(web: Web, admin: Person) -> dict[str, Any]:
    answer = httpx.get(f"{web.url}/api/v1/admin/alerts", headers=admin.headers)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def is_noticed(site: Site) -> bool:
    past = site.database.run(repository.history, LONG_AGO)
    return bool(past) and past[0].end_noticed_at is not None


def looked_at(site: Site) -> float:
    look = site.database.run(repository.states)
    assert look is not None
    return look.looked_at.timestamp()


def verified(notice: Received) -> tuple[str, str]:
    """The status and the name in a notice, checked by the official verifier."""
    found = notice.verified()
    return found["status"], found["alerts"][0]["labels"]["alertname"]
