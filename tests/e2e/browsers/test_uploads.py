"""Uploads that are started while there is no network."""

from pathlib import Path

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.support.speech import JFK

OFFLINE = r"ERR_INTERNET_DISCONNECTED"
"""The console message of Chromium for every request without a network."""


def test_uploads_wait_for_the_network_and_continue(tab: PlaywrightTab, tmp_path: Path) -> None:
    file = tmp_path / "brought-offline.mp3"
    file.write_bytes(JFK.read_bytes())
    tab.visit("/")
    tab.see("heading", "Your sessions")
    tab.excuse(OFFLINE)
    with tab.offline():
        tab.choose("Choose a recording", file)
        tab.see("paragraph", "", "Waiting for the network")
        tab.has_title("Upload waiting")
    tab.see("heading", file.name)
