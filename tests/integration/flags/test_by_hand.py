"""A person moves the slider and turns the switch in Unleash's own pages, in a real Chromium; Playhead follows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from infra.setup import browsers
from playwright.sync_api import Page, Route, expect, sync_playwright

from tests.integration.flags.told import FLAG_OFF, KILL_SWITCH, STREAM, transports, within
from tests.support.site import Site, Web
from tests.support.unleash import Unleash
from tests.support.waiting import until

PEOPLE = 12
STEP, STEPS = 10, 4
"""A `Page up` on the slider, and how many of them."""
PATIENCE_MS = 30_000


@pytest.fixture
def page(unleash: Unleash) -> Iterator[Page]:
    """Unleash's pages, signed in, and no way to any other host."""

    def allow_only_unleash(route: Route) -> None:
        if route.request.url.startswith(unleash.url):
            route.continue_()
        else:
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.chromium(), chromium_sandbox=False)
        context = browser.new_context(base_url=unleash.url)
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/*", allow_only_unleash)
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


def test_the_slider_and_the_switch_decide_who_streams(page: Page, web: Web, site: Site, tmp_path: Path) -> None:
    people = site.people(PEOPLE)
    share = within(STEPS * STEP, people, tmp_path)
    assert transports(web, people) == [STREAM] * PEOPLE
    move_slider(page, "sse.status-stream")
    told = [STREAM if person in share else FLAG_OFF for person in people]
    until(lambda: transports(web, people) == told, "those within the share stream, and nobody else")
    switch_off(page, "sse.allowed")
    until(lambda: transports(web, people) == [KILL_SWITCH] * PEOPLE, "nobody streams")


def move_slider(page: Page, flag: str) -> None:
    """To four tenths of all users, by the keyboard."""
    page.goto(f"/projects/default/features/{flag}")
    page.get_by_role("heading", name="development", exact=True).click()
    page.get_by_role("link", name="Edit strategy").click()
    slider = page.get_by_role("slider", name="Rollout")
    slider.press("Home")
    for _ in range(STEPS):
        slider.press("PageUp")
    expect(slider).to_have_value(str(STEPS * STEP))
    page.get_by_role("button", name="Save strategy").click()
    expect(page.get_by_text("Strategy updated").first).to_be_visible()


def switch_off(page: Page, flag: str) -> None:
    page.goto(f"/projects/default/features/{flag}")
    switch = page.get_by_role("checkbox", name="development")
    switch.click()
    expect(switch).not_to_be_checked()
