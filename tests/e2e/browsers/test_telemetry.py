"""What a page reports of what its reader saw, and what the server takes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.proxies.proxy import proxy

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import ends_well, follow, sees_all
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.support.scraped import Scraped
from tests.support.site import Web
from tests.support.waiting import until
from tests.support.worker import Worker

RECORDER = """
window.reports = []
const send = window.fetch
window.fetch = async (url, init) => {
  const response = await send(url, init)
  if (String(url).endsWith('/telemetry')) reports.push({...JSON.parse(init.body), status: response.status})
  return response
}
"""
"""Keeps each report with the status of its answer."""
COUNTED = ("paint_lag_seconds_count", "browser_events_total", "browser_fallbacks_total", "watches_harmed_total")
LATE = 9
"""The first bucket of lags above 150 ms: an event that waits for the next one is half a second late."""


class Reports:
    """The reports of one session from a tab."""

    def __init__(self, tab: PlaywrightTab, worker: Worker) -> None:
        self._tab, self._worker = tab, worker

    def all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._tab.run("return window.reports")
        return [one for one in found if one["session_id"] == self._worker.session_id]

    def total(self, name: str) -> float:
        return float(sum(one[name] for one in self.all()))

    def first(self, name: str) -> float:
        return float(next(one[name] for one in self.all() if one[name] is not None))

    def lags(self, mode: str) -> list[int]:
        """The counts by bucket."""
        lists = [one["lag_ms"][mode][:-1] for one in self.all() if mode in one["lag_ms"]]
        return [sum(counts) for counts in zip(*lists, strict=True)]

    def come(self, name: str, what: str) -> None:
        until(lambda: self.total(name) > 0, what, SEEN_S)

    def end(self) -> None:
        until(lambda: any(one["end"] for one in self.all()), "the end is reported", SEEN_S)
        assert {one["status"] for one in self.all()} == {202}


class Counted:
    """What a process has counted since this was made."""

    def __init__(self, web: Web) -> None:
        self._scraped = Scraped(web.port)
        self._before = {name: self._scraped.values(name) for name in COUNTED}

    def grown(self, name: str, *keys: str) -> float:
        now, before = self._scraped.values(name), self._before[name]
        return sum(now.get(key, 0.0) - before.get(key, 0.0) for key in keys)

    def comes_to(self, expected: float, name: str, *keys: str) -> None:
        until(lambda: self.grown(name, *keys) == expected, f"{expected} more of {name} {keys}", SEEN_S)


def test_page_reports_how_soon_its_reader_saw_what_came(tab: PlaywrightTab, house: Service, email: str) -> None:
    tab.prepare(RECORDER)
    with house.session(email) as worker:
        reports = Reports(tab, worker)
        follow(tab, house, worker)
        for _ in range(5):
            worker.advance()
            sees_all(tab, worker)
        ends_well(tab, worker)
        reports.end()
    assert [one["seq"] for one in reports.all()] == list(range(1, len(reports.all()) + 1))
    assert sum(reports.lags("stream")) >= 5
    assert reports.first("final_lag_ms") >= 0
    assert reports.first("first_data_ms") > 0
    assert reports.first("rtt_ms") > 0
    watched, fresh = reports.all()[-1]["seconds"]["stream"]
    assert 0 < fresh <= watched <= reports.all()[-1]["elapsed_s"]
    assert {reports.total(name) for name in ("mutes", "stalls", "gaps", "fallbacks", "held", "page_errors")} == {0}


@contextmanager
def page_behind(manner: str, port: int, tab: PlaywrightTab, worker: Worker) -> Iterator[tuple[PlaywrightTab, Reports]]:
    """Opens the session's page behind a proxy in a manner."""
    with proxy(port, manner) as way:
        behind = tab.beside()
        behind.prepare(RECORDER)
        behind.address = f"http://127.0.0.1:{way.port}"
        behind.visit(f"/sessions/{worker.session_id}")
        yield behind, Reports(behind, worker)
        behind.close()


def test_page_behind_a_proxy_that_is_one_event_behind_reports_its_lag(
    tab: PlaywrightTab, house: Service, web: Web, email: str
) -> None:
    counted = Counted(web)
    with house.session(email) as worker, page_behind("one-behind", web.port, tab, worker) as (behind, reports):
        with worker.at_work(0.5):
            until(lambda: worker.newest.segments >= 12, "there are words", SEEN_S)
        ends_well(behind, worker)
        reports.end()
        assert sum(reports.lags("stream")[LATE:]) >= 5, reports.all()
        counted.comes_to(sum(reports.lags("stream")), "paint_lag_seconds_count", "stream,yes", "stream,no")
        counted.comes_to(0, "browser_events_total", "mute", "stall", "fallback")


def test_page_behind_a_proxy_that_holds_streams_back_reports_it_at_once(
    tab: PlaywrightTab, house: Service, web: Web, email: str
) -> None:
    counted = Counted(web)
    with house.session(email) as worker, page_behind("hold-body", web.port, tab, worker) as (behind, reports):
        with worker.at_work(0.5):
            reports.come("mutes", "a mute stream is reported")
            reports.come("fallbacks", "the fallback is reported")
        ends_well(behind, worker)
        reports.end()
        assert next(one["reason"] for one in reports.all() if one["fallbacks"]) == "mute"
        assert reports.lags("wait") or reports.lags("poll")
        counted.comes_to(reports.total("mutes"), "browser_events_total", "mute")
        counted.comes_to(1, "browser_fallbacks_total", "mute")
        counted.comes_to(1, "watches_harmed_total", "fallback,yes")
