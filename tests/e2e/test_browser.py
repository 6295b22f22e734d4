"""The same by clicking, in a real Chromium: a stranger registers, drops a file, watches, reads and downloads."""

import re
from collections.abc import Iterator
from pathlib import Path

import jiwer
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.chromium import executable

SPEECH = Path(__file__).parent.parent / "data" / "speech"
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]
LONGEST_MS = 90_000
WER_MAX = 0.1


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS, chromium_sandbox=False)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(LONGEST_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    yield page
    context.close()
    assert complaints == []


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))
