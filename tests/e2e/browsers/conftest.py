"""Fixtures: a browser for each engine with a signed-in person, and a tab for each test, whose console must be empty."""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from infra.setup import browsers

from tests.e2e.browsers import by_playwright, webkit
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.service import Service, service
from tests.e2e.browsers.tab import Tab
from tests.support.site import Web

PASSWORD = "correct horse battery"
NOBODY = r"status of 401 .*/api/v1/me$"
"""The console message of Chromium for `/me` without a login."""


def open_engine(engine: str, address: str, folder: Path) -> AbstractContextManager[Tab]:
    if engine == "webkit" and (programs := browsers.webkit()):
        return webkit.open_tab(programs, address, folder)
    return by_playwright.open_tab(engine, address, folder)


def enter(tab: Tab, button: str, email: str) -> None:
    tab.fill("Email", email)
    tab.fill("Password", PASSWORD)
    tab.click("button", button)


def sign_in_as(tab: Tab, house: Service, email: str) -> None:
    """Signs in with a new account, which is made in the database: an address may register ten times an hour only."""
    house.create_account(email, PASSWORD)
    house.forget_requests()
    tab.visit("/")
    tab.see("button", "Sign in")
    enter(tab, "Sign in", email)
    tab.see("heading", "New transcription")


def newcomer(tab: PlaywrightTab, house: Service, email: str) -> PlaywrightTab:
    """A tab of a new person in a profile of its own, signed in by a request: a page's form takes a second of CPU."""
    house.create_account(email, PASSWORD)
    house.forget_requests()
    one = tab.stranger()
    one.sign_in(email, PASSWORD)
    return one


@pytest.fixture(scope="session", params=["chromium"])
def engine(request: pytest.FixtureRequest) -> str:
    """Chromium, unless a test asks for others: `test_engines` tests the behaviour that differs between engines."""
    found: str = request.param
    return found


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("house")) as it:
        yield it


@pytest.fixture(scope="session")
def web(house: Service) -> Iterator[Web]:
    """A web process with the product's heartbeats: shorter ones would free what a proxy holds back."""
    with house.another_web() as web:
        yield web


@pytest.fixture(scope="session")
def email(engine: str) -> str:
    return f"{engine}@example.org"


@pytest.fixture(scope="session")
def browser(engine: str, email: str, house: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with open_engine(engine, house.address, tmp_path_factory.mktemp(engine)) as first:
        first.excuse(NOBODY)
        sign_in_as(first, house, email)
        first.visit("/favicon.svg")  # the list of sessions would be drawn again with each word of all tests
        assert first.unexcused() == []
        yield first


@pytest.fixture
def tab(browser: Tab) -> Iterator[Tab]:
    tab = browser.another()
    yield tab
    unexcused = tab.unexcused()
    tab.close()
    assert unexcused == []


@pytest.fixture
def own_email(request: pytest.FixtureRequest) -> str:
    """An address for this test, and for this try of it: what one leaves behind changes no other."""
    return f"{request.function.__name__[:40]}-{secrets.token_hex(4)}@example.org"


@pytest.fixture
def admin(tab: PlaywrightTab, house: Service, own_email: str) -> Iterator[PlaywrightTab]:
    """A tab of an admin."""
    one = newcomer(tab, house, own_email)
    house.make_admin(own_email)
    yield one
    one.close()
