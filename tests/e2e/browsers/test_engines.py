"""Each engine shows every word once; engines differ in streams, hidden tabs, caches and network."""

import pytest

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import (
    TIMES,
    ends_well,
    follow,
    sees_all,
    streams,
    streams_no_more,
)
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S, Tab
from tests.support.waiting import until

GONE = r"net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING) \S*/api/v1/"
OFFLINE = r"net::ERR_INTERNET_DISCONNECTED \S*/api/v1/"
"""The console message of Chromium for every failed request, which a page cannot prevent."""
in_each = pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"], indirect=True)
in_those_of_playwright = pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
"""WebKit's driver can neither switch the network off nor click the middle button."""


@in_each
def test_words_appear_as_they_are_transcribed(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        for _ in range(3):
            worker.advance()
            sees_all(tab, worker)
        ends_well(tab, worker)


@in_each
def test_page_recovers_after_the_server_was_killed(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.excuse(GONE)
        house.kill()
        worker.advance()
        house.start()
        sees_all(tab, worker)
        streams(house, worker)
        ends_well(tab, worker)


@in_those_of_playwright
def test_page_recovers_after_the_network_was_gone(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.excuse(OFFLINE)
        with tab.offline():
            streams_no_more(house, worker)
            worker.advance()
        sees_all(tab, worker)
        streams(house, worker)
        ends_well(tab, worker)


@in_each
def test_page_hidden_for_a_minute_catches_up(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.run_fast(TIMES)
        tab.hide()
        start_ms = tab.run("return performance.now()")
        until(lambda: tab.run("return performance.now()") > start_ms + 60_000, "a minute has passed there", SEEN_S)
        streams_no_more(house, worker)
        tab.run_fast(1 / TIMES)  # or the lag of events would seem to grow
        worker.advance()
        tab.show()
        sees_all(tab, worker)
        streams(house, worker)
        ends_well(tab, worker)


@in_each
def test_page_resumes_after_going_back(tab: Tab, house: Service, email: str, engine: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.run("addEventListener('pageshow', event => { window.kept = event.persisted })")
        tab.visit("/favicon.svg")  # any other document; this one is small
        streams_no_more(house, worker)
        worker.advance()
        tab.back()
        sees_all(tab, worker)
        if engine != "firefox":  # its back/forward cache keeps no page with an open request
            assert tab.run("return window.kept") is True, "the browser kept the page as it was"
        worker.advance()
        sees_all(tab, worker)
        ends_well(tab, worker)


@in_those_of_playwright
def test_background_tabs_stream_only_once_shown(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email, "behind.mp3") as worker:
        tab.visit("/")
        tab.see("link", "behind.mp3")
        tabs = [tab.open_behind("behind.mp3") for _ in range(2)]
        for one in tabs:
            one.has_title("behind.mp3")
        worker.advance()
        assert not house.streams(worker.session_id)
        tabs[-1].show()
        sees_all(tabs[-1], worker)
        streams(house, worker)
        ends_well(tabs[-1], worker)
        for one in tabs:
            one.close()
