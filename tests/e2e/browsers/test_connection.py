"""The page `/connection` in a real browser: nothing is wrong directly, and what proxies do to streams is named."""

from urllib.parse import urlsplit

from infra.proxies.proxy import proxy

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import newcomer
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.test_accessible import all_wrong
from tests.support.waiting import until

TESTED_S = 40.0
"""Where streams are held back the page reads them for 15 s; the rest is for two busy cores."""


def shows(tab: PlaywrightTab, sentence: str) -> None:
    until(lambda: sentence in tab.text("region", "Result"), sentence, TESTED_S)


def test_page_names_what_holds_streams_back(tab: PlaywrightTab, admin: PlaywrightTab, house: Service) -> None:
    port = urlsplit(house.address).port or 0
    with proxy(port, "hold-body") as held, proxy(port, "gzip-held") as compressed:
        # Three people: a third stream of one takes the place of the oldest.
        other = newcomer(tab, house, "compressed@example.org")
        admin.address, other.address = (f"http://127.0.0.1:{way.port}" for way in (held, compressed))
        for one in (admin, other, tab):
            one.visit("/connection")
        shows(tab, "Nothing is wrong: events arrive as they are sent")
        shows(admin, "Streams are held back until they end: 8 events")
        shows(other, "Streams are held back by a compressor: not where no compression is offered")
        admin.see("region", "What to change", "a content scanner")
        assert all_wrong(admin) == []
        other.close()
