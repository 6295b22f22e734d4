"""Behind a proxy of each manner the page shows every word, and its mode is the one of `infra/proxies/manners.py`.

All pages are watched in real time and side by side, in one browser; each test reads what was seen of one manner.
"""

import pytest
from infra.proxies.manners import HELD, MANNERS, MUTE_S, POLLED_S, Expected
from infra.proxies.real import REAL

from tests.e2e.browsers.behind import Case, Observation, meets, store, watch_all
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.service import Service
from tests.support.real_proxies import running
from tests.support.site import Web

IN_FIREFOX = [name for name, expected in MANNERS.items() if expected.firefox]
"""Where engines differ: how they report heads, compressed pieces, error pages and connections without an end."""


@pytest.fixture(scope="session")
def observed(engine: str, browser: PlaywrightTab, house: Service, web: Web, email: str) -> dict[str, Observation]:
    names = IN_FIREFOX if engine == "firefox" else list(MANNERS)
    found = watch_all([Case(name, MANNERS[name], web.port, name) for name in names], browser, house, email)
    store(engine, found)
    return found


@pytest.mark.parametrize("name", MANNERS)
def test_page_finds_its_mode_and_loses_nothing(name: str, observed: dict[str, Observation]) -> None:
    meets(MANNERS[name], observed[name])


def test_server_logs_nothing_of_streams_that_are_held(web: Web, observed: dict[str, Observation]) -> None:
    """For the server a stream that is held back is one that its reader left."""
    lines = web.program.err.splitlines()
    assert any("flags read" in line for line in lines), "this is where its log goes"
    assert [line for line in lines if any(f"[playhead.{room}" in line for room in ("live", "delivery", "serve"))] == []


@pytest.mark.parametrize("name", IN_FIREFOX)
@pytest.mark.parametrize("engine", ["firefox"], indirect=True)
def test_firefox_does_the_same(name: str, observed: dict[str, Observation]) -> None:
    meets(MANNERS[name], observed[name])


@pytest.fixture(scope="session")
def behind_real(
    browser: PlaywrightTab, house: Service, web: Web, email: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Observation]:
    """Pages behind the proxies of others that hold streams back or compress them."""
    chosen = {name: real for name, real in REAL.items() if real.is_held or real.encoding}
    with running(chosen, web.port, tmp_path_factory.mktemp("proxies")) as ports:
        cases = [Case(name, expected(name), ports[name]) for name in chosen]
        found = watch_all(cases, browser, house, email)
    store("real-pages", found)
    return found


def expected(name: str) -> Expected:
    """Of each of those: a stream that is held back is left as any other."""
    if REAL[name].is_held:
        return Expected(does="", mode="wait", within_s=MUTE_S, reads=HELD, late_s=6 + POLLED_S, streams=2)
    return Expected(does="", mode="stream")


@pytest.mark.parametrize("name", [name for name, real in REAL.items() if real.is_held or real.encoding])
def test_page_behind_a_real_proxy_finds_its_mode(name: str, behind_real: dict[str, Observation]) -> None:
    meets(expected(name), behind_real[name])
