"""A person in two browsers changes the password and signs out elsewhere, from the account page."""

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import PASSWORD, enter, newcomer
from tests.e2e.browsers.service import Service

NEW = "another horse battery"
ENDED = r"status of 401 "
"""The console message of Chromium for a request by a login that was ended."""


def test_other_browser_is_signed_out_at_once(tab: PlaywrightTab, house: Service, own_email: str) -> None:
    tab.excuse(ENDED)
    here, elsewhere = newcomer(tab, house, own_email), tab.stranger()
    elsewhere.sign_in(own_email, PASSWORD)
    elsewhere.visit("/")
    elsewhere.see("heading", "New transcription")

    here.visit("/account")
    here.click("button", "Sign out everywhere else")
    here.see("dialog", "Sign out everywhere else?", "1 other browser will have to sign in again.")
    here.click("button", "Sign them out")
    elsewhere.see("heading", "Sign in")
    here.see("list", "Where you are signed in", "This browser")

    enter(elsewhere, "Sign in", own_email)
    elsewhere.see("heading", "New transcription")
    here.fill("Current password", PASSWORD)
    here.fill("New password", NEW)
    here.click("button", "Change password")
    here.see("status", "", "Password changed")
    elsewhere.see("heading", "Sign in")
    enter(elsewhere, "Sign in", own_email)
    elsewhere.see("alert", "", "wrong")
