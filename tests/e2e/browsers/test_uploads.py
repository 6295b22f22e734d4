"""Files that are brought while there is no network."""

from pathlib import Path

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.support.speech import JFK

OFFLINE = r"ERR_INTERNET_DISCONNECTED"
"""What Chromium says of every request without a network."""


def test_they_wait_and_go_on_when_the_network_is_back(tab: PlaywrightTab, tmp_path: Path) -> None:
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
