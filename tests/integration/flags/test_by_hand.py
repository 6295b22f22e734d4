"""A person moves the slider and turns the switch in Unleash's own pages, in a real Chromium; Playhead follows."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from infra.setup import browsers
from playwright.sync_api import Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

from tests.integration.flags.told import ASK_S, FLAG_OFF, KILL_SWITCH, STREAM, transports, within
from tests.support.site import Person, Site, Web
from tests.support.unleash import Unleash
from tests.support.waiting import until

PEOPLE, ADMINS = 60, 2
STEPS = (25, 100, 5)
"""Per cent: up and back. The pages take 3 s of CPU a step; each share of the guide is in `test_shares`."""
PATIENCE_MS = 30_000
OFFERED_MS = 5_000
ALONE = ["--disable-gpu", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
"""No other host can be reached. Playwright's `route` would do the same, but also turn off the cache of scripts."""


@pytest.fixture
def page(unleash: Unleash) -> Iterator[Page]:
    """Unleash's pages, signed in, and no way to any other host."""

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.chromium(), args=ALONE, chromium_sandbox=False)
        context = browser.new_context(base_url=unleash.url, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        # Unleash greets those who are new to it, over its pages, when it likes to.
        for words in ("Got it, let's get started!", "Ok, got it!"):
            page.add_locator_handler(page.get_by_role("button", name=words), lambda button: button.click())
        page.goto("/login")
        page.get_by_label("Email").fill(unleash.username)
        page.get_by_label("Password").fill(unleash.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/personal")
        yield page
        browser.close()


def test_rollout_by_hand_reaches_who_the_guide_says(page: Page, web: Web, site: Site, tmp_path: Path) -> None:
    """The steps of flags/README.md, in Unleash's pages, with sixty people of whom two are admins."""
    people = site.people(PEOPLE)
    admins = people[:ADMINS]
    site.make_admins(admins)
    open_flag(page)
    move_slider(page, 0)
    all_are_told(web, people, [FLAG_OFF] * PEOPLE)
    add_strategy_for_admins(page)
    for percent in STEPS:
        move_slider(page, percent)
        share = within(percent, people, tmp_path)
        told = [STREAM if person in share or person in admins else FLAG_OFF for person in people]
        all_are_told(web, people, told)
    switch_off(page, "sse.allowed")
    all_are_told(web, people, [KILL_SWITCH] * PEOPLE)


def all_are_told(web: Web, people: list[Person], told: list[str]) -> None:
    until(lambda: transports(web, people) == told, f"they are told {Counter(told)}", look_s=ASK_S)


def move_slider(page: Page, percent: int) -> None:
    """The slider of the strategy for everybody, in the field beside it, from the flag's page and back to it."""
    page.get_by_role("link", name="Edit strategy").first.click()
    expect(page.get_by_label("Strategy title")).to_have_value("Everybody, gradually")
    share = page.get_by_role("spinbutton")
    share.fill(str(percent))
    share.blur()
    expect(page.get_by_role("slider", name="Rollout")).to_have_value(str(percent))
    page.get_by_role("button", name="Save strategy").click()
    expect(page.get_by_text("Strategy updated").first).to_be_visible()


def add_strategy_for_admins(page: Page) -> None:
    choices = page.get_by_role("dialog")
    gradual = choices.get_by_text("Gradual rollout", exact=True)

    def offered() -> bool:
        open_flag(page)
        page.get_by_role("button", name="Add strategy").first.click()
        with contextlib.suppress(TooLate):  # Unleash's greeting may come just then, and takes the dialog with it
            gradual.wait_for(timeout=OFFERED_MS)
        return gradual.is_visible()

    until(offered, "the strategies are offered")
    gradual.hover()
    choices.get_by_role("button", name="Configure").nth(1).click()
    page.get_by_label("Strategy title").fill("Admins")
    page.get_by_role("slider", name="Rollout").press("End")
    page.get_by_role("tab", name="Targeting").click()
    page.get_by_role("button", name="Add constraint").click()
    page.get_by_role("checkbox", name="true").check()
    page.get_by_role("button", name="Save strategy").click()
    expect(page.get_by_text("Strategy created").first).to_be_visible()


def open_flag(page: Page) -> None:
    page.goto("/projects/default/features/sse.status-stream")
    page.get_by_role("heading", name="development", exact=True).click()


def switch_off(page: Page, flag: str) -> None:
    page.goto(f"/projects/default/features/{flag}")
    switch = page.get_by_role("checkbox", name="development")
    switch.click()
    expect(switch).not_to_be_checked()
