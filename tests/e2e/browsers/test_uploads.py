"""Uploads in real browsers on a real server: they wait, pause, and go on after outages and reloads, in the newest tab.

The line holds bodies back, so that a test says how much has arrived when something happens.
"""

import base64
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.e2e.browsers.test_accessible import all_wrong
from tests.support.nginx import nginx
from tests.support.speech import JFK
from tests.support.upload_gate import Gate, upload_gate
from tests.support.waiting import until

OFFLINE = r"ERR_INTERNET_DISCONNECTED"
"""The console message of Chromium for every request without a network."""
GONE = r"net::ERR_|Failed to load resource|NS_ERROR|Cross-Origin"
"""The console messages of the browsers for requests that were cut off."""
SECONDS = 20
RATE = 44_100
SIZE = 44 + 4 * RATE * SECONDS
"""Of a WAV with two channels of 16 bits: within the first request, which has 4 MiB."""
DRIP = 2 * 1024
LABEL = "Choose a recording"
in_both = pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
"""WebKit's driver cannot choose files."""

PATH = """
const links = [...document.querySelectorAll('main li a')]
return links.find(link => link.closest('li').textContent.startsWith(arguments[0])).pathname
"""
"""The path of the session with this name in the list, which other tests may have sessions in."""

DROP_KEPT = """
return (async () => {
  const folder = await navigator.storage.getDirectory()
  const handle = await folder.getFileHandle(arguments[0], { create: true })
  const writing = await handle.createWritable()
  await writing.write(Uint8Array.from(atob(arguments[1]), letter => letter.charCodeAt(0)))
  await writing.write(new Uint8Array(arguments[2]))
  await writing.close()
  const items = [{
    kind: 'file',
    webkitGetAsEntry: () => null,
    getAsFile: () => file,
    getAsFileSystemHandle: async () => handle,
  }]
  const file = await handle.getFile()
  const drop = new Event('drop', { cancelable: true })
  drop.dataTransfer = { types: ['Files'], items }
  dispatchEvent(drop)
})()
"""
"""Drops a file of the page's own folder, whose handle may be read again without a question."""


@pytest.fixture
def gate(house: Service) -> Iterator[Gate]:
    with upload_gate(int(house.address.rpartition(":")[2])) as gate:
        yield gate


@pytest.fixture
def page(tab: PlaywrightTab, gate: Gate) -> PlaywrightTab:
    """The list of sessions, behind the line."""
    tab.excuse(GONE)
    behind(tab, gate)
    return tab


def behind(tab: PlaywrightTab, gate: Gate) -> None:
    tab.leave_freely()
    tab.address = gate.url
    tab.visit("/")
    tab.see("heading", "Your sessions")


def recording(folder: Path, name: str, seconds: int = SECONDS) -> Path:
    file = folder / name
    with wave.open(str(file), "wb") as writing:
        writing.setnchannels(2)
        writing.setsampwidth(2)
        writing.setframerate(RATE)
        writing.writeframes(bytes(range(256)) * (seconds * RATE * 4 // 256))
    return file


def row(tab: PlaywrightTab, name: str, words: str) -> None:
    """Waits until the row of this name says so."""
    until(lambda: any(words in text for text in rows(tab, name)), f"{name}: {words} in {rows(tab, name)}", SEEN_S)


def rows(tab: PlaywrightTab, name: str) -> list[str]:
    """The texts of the rows of this name, of which there should be one at most."""
    texts: list[str] = tab.run("return [...document.querySelectorAll('main li')].map(one => one.textContent)")
    return [text for text in texts if text.startswith(name)]


def some_comes(tab: PlaywrightTab, gate: Gate, name: str) -> None:
    """Lets 60 % of it pass at once, and then a little more: the page hears of it with the next byte after 1 s."""
    gate.let(0.6 * SIZE)

    def is_heard() -> bool:
        gate.let(DRIP)
        return any("Uploading, 6" in text for text in rows(tab, name))

    until(is_heard, f"{name} moves", SEEN_S)


def arrives(tab: PlaywrightTab, house: Service, file: Path) -> None:
    """Waits until all of it is there, as it was sent."""
    tab.see("heading", file.name)
    session_id = tab.run("return location.pathname").rpartition("/")[2]
    stored = house.recording(session_id)
    until(lambda: stored.stat().st_size == file.stat().st_size, "all of it is there", SEEN_S)
    assert stored.read_bytes() == file.read_bytes()


def test_uploads_wait_for_the_network_and_continue(tab: PlaywrightTab, tmp_path: Path) -> None:
    file = tmp_path / "brought-offline.mp3"
    file.write_bytes(JFK.read_bytes())
    tab.visit("/")
    tab.see("heading", "Your sessions")
    tab.excuse(OFFLINE)
    with tab.offline():
        tab.choose(LABEL, file)
        tab.see("paragraph", "", "Waiting for the network")
        tab.has_title("Upload waiting")
    tab.see("heading", file.name)


@in_both
def test_upload_goes_on_after_the_line_was_cut(page: PlaywrightTab, house: Service, gate: Gate, tmp_path: Path) -> None:
    file = recording(tmp_path, "cut off.wav")
    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    gate.cut()
    gate.open()
    arrives(page, house, file)


@in_both
def test_upload_passes_a_proxy_that_takes_one_megabyte_at_once(
    tab: PlaywrightTab, house: Service, tmp_path: Path
) -> None:
    file = recording(tmp_path, "limited.wav")
    tab.excuse(r"413|Failed to load resource")
    with nginx(tmp_path / "nginx", [house.web]) as port:
        tab.address = f"http://127.0.0.1:{port}"
        tab.visit("/")
        tab.choose(LABEL, file)
        arrives(tab, house, file)


def test_upload_goes_on_after_the_server_was_killed(
    page: PlaywrightTab, house: Service, gate: Gate, tmp_path: Path
) -> None:
    file = recording(tmp_path, "killed.wav")
    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    house.kill()
    page.see("paragraph", "", "The server cannot be reached")
    house.start()
    gate.open()
    arrives(page, house, file)


@in_both
def test_same_file_goes_on_after_a_reload(page: PlaywrightTab, house: Service, gate: Gate, tmp_path: Path) -> None:
    file = recording(tmp_path, "reloaded.wav")
    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    gate.shut()
    page.visit("/")
    gate.cut()  # what the page before has given to the system would arrive later
    row(page, file.name, "Choose the same file to go on from 6")
    again = f"Choose {file.name} again"
    page.choose(again, recording(tmp_path, "another.wav", seconds=1))
    page.see("alert", "", "“another.wav” is another file.")
    row(page, file.name, "Choose the same file to go on from 6")
    page.choose(again, file)
    row(page, file.name, "Uploading, 6")
    assert len(rows(page, file.name)) == 1
    gate.open()
    page.click("link", file.name)
    arrives(page, house, file)


def test_kept_file_goes_on_by_itself_after_a_reload(page: PlaywrightTab, gate: Gate, tmp_path: Path) -> None:
    file = recording(tmp_path, "kept.wav", seconds=1)
    page.run(DROP_KEPT, file.name, base64.b64encode(file.read_bytes()[:44]).decode(), SIZE - 44)
    some_comes(page, gate, file.name)
    gate.cut()
    gate.shut()
    page.visit("/")
    row(page, file.name, "Uploading, 6")
    gate.open()
    until(lambda: not page.text("button", f"Stop {file.name}"), "all of it is there", SEEN_S)
    assert len(rows(page, file.name)) == 1


def test_paused_upload_goes_on_where_it_was(page: PlaywrightTab, house: Service, gate: Gate, tmp_path: Path) -> None:
    file = recording(tmp_path, "paused.wav")
    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    page.click("button", f"Pause {file.name}")
    row(page, file.name, "Paused at 6")
    gate.cut()
    page.has_title("Upload paused")
    page.click("link", file.name)
    page.see("region", "Status", "Paused at 6")
    gate.open()
    page.click("button", "Go on")
    until(lambda: not page.text("button", "Pause") and not page.text("button", "Go on"), "all of it is there", SEEN_S)
    arrives(page, house, file)


def test_newest_tab_sends_and_the_older_one_takes_over(
    page: PlaywrightTab, house: Service, gate: Gate, tmp_path: Path
) -> None:
    file = recording(tmp_path, "two tabs.wav")
    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    newer = page.beside()
    behind(newer, gate)
    newer.choose(LABEL, file)
    row(newer, file.name, "Uploading, 6")
    row(page, file.name, "Goes on in another tab")
    page.click("button", f"Go on with {file.name} here")
    row(page, file.name, "Uploading, 6")
    row(newer, file.name, "Goes on in another tab")
    newer.close()
    gate.cut()  # what the newer one has given to the system would arrive later, as if it were the newest request
    gate.open()
    page.click("link", file.name)
    arrives(page, house, file)


def test_stopped_upload_leaves_nothing(page: PlaywrightTab, gate: Gate, tmp_path: Path) -> None:
    file = recording(tmp_path, "stopped.wav")
    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    page.click("button", f"Stop {file.name}")
    page.click("button", "Stop it")
    until(lambda: not rows(page, file.name), "its row is gone", SEEN_S)
    page.visit("/")
    page.see("heading", "Your sessions")
    assert not rows(page, file.name)


def test_dismissed_failed_upload_leaves_nothing(
    page: PlaywrightTab, house: Service, gate: Gate, tmp_path: Path
) -> None:
    file = recording(tmp_path, "dismissed.wav")
    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    stored = house.recording(page.run(PATH, file.name).rpartition("/")[2])
    assert stored.exists()

    def is_given_up() -> bool:
        gate.cut()
        page.run("dispatchEvent(new Event('online'))")  # it tries again at once
        return any("Not uploaded" in text for text in rows(page, file.name))

    until(is_given_up, "it was cut off too often", SEEN_S)
    page.click("button", f"Dismiss {file.name}")
    until(lambda: not rows(page, file.name), "its row is gone", SEEN_S)
    assert not stored.exists()
    page.visit("/")
    page.see("heading", "Your sessions")
    assert not rows(page, file.name)


def test_no_state_of_an_upload_has_axe_violations(page: PlaywrightTab, gate: Gate, tmp_path: Path) -> None:
    file = recording(tmp_path, "interview_with_the_whole_of_the_third_floor_2026-11-25.wav")
    found: list[str] = []

    def look(state: str) -> None:
        found.extend(f"{state}: {what}" for what in all_wrong(page))

    page.choose(LABEL, file)
    some_comes(page, gate, file.name)
    look("uploading")
    page.click("button", f"Pause {file.name}")
    row(page, file.name, "Paused at 6")
    look("paused")
    page.click("link", file.name)
    page.see("region", "Status", "Paused at 6")
    look("the page of a paused one")
    gate.cut()
    gate.shut()
    page.visit("/")
    row(page, file.name, "Choose the same file to go on from 6")
    page.choose(f"Choose {file.name} again", recording(tmp_path, "another.wav", seconds=1))
    page.see("alert", "", "is another file.")
    look("after a reload, with another file chosen")
    page.click("link", file.name)
    page.see("region", "Status", "Choose the same file")
    look("its page after a reload")
    assert found == [], "\n".join(found)
