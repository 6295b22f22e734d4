"""Nothing on any page that axe objects to, in both themes; contrast only a real browser can tell."""

from pathlib import Path

import pytest

from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import Tab
from tests.e2e.browsers.test_following import follow

AXE = Path(__file__).parents[3] / "src" / "web" / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("light", "dark")
STILL = """
const sheet = new CSSStyleSheet()
sheet.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important }')
document.adoptedStyleSheets = [sheet]
"""
"""A colour on its way from one theme to the other is no colour of either."""


def objections(tab: Tab) -> list[str]:
    """Of axe to what is seen now, in each theme."""
    found = []
    tab.run(AXE.read_text())
    tab.run(STILL)
    for theme in THEMES:
        tab.run("document.documentElement.style.colorScheme = arguments[0]", theme)
        for rule in tab.run("return axe.run().then(({ violations }) => violations)"):
            found += [f"{theme}: {rule['id']}: {node['html']}" for node in rule["nodes"]]
    return found


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)
def test_axe_has_no_objection(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        assert objections(tab) == []
        for path, heading in (
            ("/", "New transcription"),
            ("/account", "Account"),
            ("/nowhere", "There is nothing at this address"),
        ):
            tab.visit(path)
            tab.see("heading", heading)
            assert objections(tab) == []
        worker.finish()
        tab.visit(f"/sessions/{worker.session_id}")
        tab.see("region", "Status", "Done")
        assert objections(tab) == []


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)
def test_axe_objects_to_words_that_cannot_be_read(tab: Tab) -> None:
    tab.visit("/")
    tab.see("heading", "New transcription")
    tab.run("document.querySelector('h1').style.color = 'light-dark(#eee, #222)'")
    assert any("color-contrast" in objection for objection in objections(tab))
