"""The way round a proxy that holds streams back: the page streams from a second host, by a ticket for each stream.

The hosts are two names of this machine, `localhost` and 127.0.0.1, which browsers take for two sites.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from infra.proxies.proxy import Proxy, proxy

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import PASSWORD
from tests.e2e.browsers.following import ends_well, sees_all
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.support.ports import free_port
from tests.support.waiting import until

SHORT = {"HEARTBEAT_S": "1", "MAX_AGE_S": "2"}
"""So that a stream ends within the test, at a heartbeat, and the page opens another."""
HELD_BACK = "localhost~1.1~-~-"
"""The key of the path to the page's own host."""
OVERRIDE = """
return fetch('/api/v1/admin/paths/PATH/override', {
  method: 'POST',
  headers: {'Content-Type': 'application/json', 'X-Requested-With': 'playhead'},
  body: JSON.stringify({state: arguments[0], reason: 'a test', until: new Date(Date.now() + 600000).toISOString()}),
}).then(answer => answer.status)
""".replace("PATH", HELD_BACK)
STREAMS = """
const names = performance.getEntriesByType('resource').map(({name}) => new URL(name))
return names.filter(({pathname}) => pathname.endsWith('/status/stream')).map(({origin}) => origin)
"""
KEPT = "return [location, document.cookie, JSON.stringify([localStorage, sessionStorage, history.state])].join(' ')"
REACHED = """
const violated = new Promise(done => addEventListener('securitypolicyviolation', it => done(it.effectiveDirective)))
const none = () => new Promise(done => setTimeout(done, 300, 'unreadable'))  // the event comes after the error
return fetch(arguments[0], {credentials: 'omit'}).then(() => 'reached', () => Promise.race([violated, none()]))
"""
"""Whether the page may reach an address: `reached`, the directive of its policy that forbids it, or `unreadable`."""


@dataclass(frozen=True)
class TwoHosts:
    """The page's own host, behind a proxy, and where its streams go."""

    proxy: Proxy
    streams: str

    @property
    def page(self) -> str:
        return f"http://localhost:{self.proxy.port}"

    @property
    def asked(self) -> int:
        """How many streams were asked for by the path that is held back."""
        return sum(one.is_stream for one in self.proxy.records)

    @property
    def tickets(self) -> int:
        return sum(one.path == "/api/v1/tickets" and one.status == "201" for one in self.proxy.records)


@pytest.fixture(scope="session")
def hosts(house: Service) -> Iterator[TwoHosts]:
    port = free_port()
    with proxy(port, "hold-body") as held:
        hosts = TwoHosts(held, f"http://127.0.0.1:{port}")
        with house.another_web(port, PUBLIC_URL=hosts.page, STREAM_ORIGIN=hosts.streams, **SHORT):
            yield hosts


@pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
def test_page_streams_by_tickets_and_loses_nothing(
    browser: PlaywrightTab, house: Service, hosts: TwoHosts, own_email: str
) -> None:
    house.create_account(own_email, PASSWORD)
    house.make_admin(own_email)
    house.forget_requests()
    tab = browser.stranger()
    tab.address = hosts.page
    tab.sign_in(own_email, PASSWORD)
    tab.visit("/")
    until(lambda: tab.run(OVERRIDE, "buffered") == 200, "the path is seen, and judged by hand", SEEN_S)
    had = hosts.tickets
    with house.session(own_email) as worker:
        tab.visit(f"/sessions/{worker.session_id}")
        until(lambda: house.streams(worker.session_id), "it streams", SEEN_S)
        asked = hosts.asked
        for _ in range(3):
            worker.advance()
            sees_all(tab, worker)
        until(lambda: hosts.tickets >= had + 2, "it streams by another ticket", SEEN_S)
        until(lambda: house.streams(worker.session_id), "it streams again", SEEN_S)
        worker.advance()
        sees_all(tab, worker)
        ends_well(tab, worker)
    assert hosts.asked == asked, "none more by the path that is held back"
    assert set(tab.run(STREAMS)) == {hosts.page, hosts.streams}
    assert "ticket" not in tab.run(KEPT)
    assert tab.run(REACHED, f"{hosts.streams}/api/v1/site") == "unreadable", "it lets the page read streams alone"
    assert tab.run(REACHED, f"{house.address}/healthz") == "connect-src", "the page may connect to that host alone"
    assert tab.run(OVERRIDE, None) == 200
    tab.close()
    browser.complaints()  # of what it may not reach
