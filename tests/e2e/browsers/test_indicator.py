"""What the connection says of itself when it is opened."""

from tests.e2e.browsers.by_playwright import PlaywrightTab


def test_its_words_can_be_clicked_on(tab: PlaywrightTab) -> None:
    """A panel that shut under the pointer ended Chromium's tab."""
    tab.visit("/")
    tab.see("heading", "Your sessions")
    tab.run("const dot = document.querySelector('summary'); dot.focus(); dot.click()")
    tab.click_words("Changes appear the moment they happen.")
    assert tab.run("return document.querySelector('details').open")
