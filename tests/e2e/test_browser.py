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


def register(page: Page, email: str) -> None:
    page.goto("/")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New transcription")).to_be_visible()


def upload(page: Page, audio: Path) -> None:
    page.get_by_label("Choose a recording").set_input_files(audio)
    expect(page.get_by_role("heading", name=audio.name)).to_be_visible()


def test_a_stranger_watches_a_recording_become_text(page: Page) -> None:
    register(page, "grace@example.org")
    streams: list[str] = []
    page.on("response", lambda r: streams.append(r.headers["content-type"]) if "/status/stream" in r.url else None)
    upload(page, SPEECH / "two_cities.opus")

    progress = page.get_by_role("progressbar")
    expect(progress).to_be_visible()
    lines = page.get_by_role("group", name="Words").get_by_role("listitem")
    expect(lines.first).to_be_visible(timeout=LONGEST_MS)
    assert page.get_by_text("Done:").count() == 0, "the words come while the work goes on"
    expect(page.get_by_label("Status").get_by_text("Done:")).to_be_visible(timeout=LONGEST_MS)
    assert streams == ["text/event-stream; charset=utf-8"]

    with page.expect_download() as download:
        page.get_by_role("link", name="TXT", exact=True).click()
    heard = words(download.value.path().read_text())
    assert jiwer.wer(words(SPEECH.joinpath("two_cities.txt").read_text()), heard) <= WER_MAX
    for line in lines.all():
        assert words(re.sub(r"^[\d:]+", "", line.inner_text())) in heard


def test_without_event_source_the_same_is_seen_by_polling(page: Page) -> None:
    page.add_init_script("delete window.EventSource")
    register(page, "alan@example.org")
    upload(page, SPEECH / "jfk.flac")
    expect(page.get_by_label("Status").get_by_text("Done:")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_text("ask not what your country can do for you")).to_be_visible()


def test_signing_out_ends_the_login(page: Page) -> None:
    register(page, "edsger@example.org")
    cookie = page.context.cookies()
    page.goto("/account")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.context.add_cookies(cookie)  # type: ignore[arg-type]  # what a thief kept of it
    page.goto("/")
    expect(page.get_by_label("Password")).to_be_visible()
