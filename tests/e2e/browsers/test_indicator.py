"""The panel of the connection indicator."""

from tests.e2e.browsers.by_playwright import PlaywrightTab


def test_text_of_the_panel_can_be_clicked(tab: PlaywrightTab) -> None:
    """A panel that closed under the pointer crashed Chromium's tab."""
    tab.visit("/")
    tab.see("heading", "Your sessions")
    tab.run("const dot = document.querySelector('[data-phase] summary'); dot.focus(); dot.click()")
    tab.click_words("Changes appear the moment they happen.")
    assert tab.run("return document.querySelector('[data-phase] details').open")
