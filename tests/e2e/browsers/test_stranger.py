"""A new person registers, uploads a recording, follows its transcription, downloads the text, and signs out."""

import re

import httpx
import jiwer

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import NOBODY, enter
from tests.e2e.browsers.service import Service
from tests.support.speech import JFK, text_of
from tests.support.waiting import until

LONGEST_S = 120
WER_MAX = 0.1


def normalized(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def test_recording_is_transcribed_and_downloaded(tab: PlaywrightTab) -> None:
    tab.visit("/")
    tab.see("heading", "New transcription")
    tab.choose("Choose a recording", JFK)
    tab.see("heading", JFK.name)
    until(lambda: "Done" in tab.text("region", "Status"), "it is done", LONGEST_S)
    tab.click("button", "Download")
    file = tab.download("Text (TXT)")
    assert normalized(file)
    # The status may come by a poll, a moment before the last words come by the stream.
    until(lambda: normalized(file) in normalized(tab.text("group", "Words")), "all words are shown", LONGEST_S)
    assert jiwer.wer(normalized(text_of(JFK)), normalized(file)) <= WER_MAX


def test_signing_out_ends_the_login(tab: PlaywrightTab, house: Service, email: str) -> None:
    tab.excuse(NOBODY)
    tab.visit("/account")
    kept = tab.cookie()  # as a thief would
    tab.click("button", "Sign out")
    tab.see("button", "Sign in")
    me = httpx.get(f"{house.address}/api/v1/me", cookies=kept, trust_env=False)
    assert me.status_code == 401
    house.forget_requests()
    enter(tab, "Sign in", email)
    tab.see("button", "Sign out")
