"""axe on a session's page in each state, with its menus, while the recording plays, and while it is stale."""

from playhead.sessions.status import Stage
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import RESUME, STATUS, TIMES, follow, sees_all, streams
from tests.e2e.browsers.reading import add_lines, has_come, rows
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.e2e.browsers.test_accessible import HEIGHT, LONG_NAME, WIDE, all_wrong
from tests.e2e.browsers.test_engines import OFFLINE
from tests.support.waiting import until

LINES = 30
PLAYED = "return document.querySelector('[role=group] li[aria-current]') !== null"
OPEN = "return document.querySelector('details').open"
ONLY_ASKS = "Changes still appear at once, by long polling."


def test_no_state_of_a_session_has_axe_violations(tab: PlaywrightTab, house: Service, email: str) -> None:
    found: list[str] = []

    def look(state: str) -> None:
        found.extend(f"{state}: {what}" for what in all_wrong(tab))
        tab.resize(WIDE, HEIGHT)

    session_id = house.queued(email, LONG_NAME)
    tab.visit(f"/sessions/{session_id}")
    tab.see("region", STATUS, "Waiting")
    look("queued")
    with house.taken(session_id) as worker:
        tab.see("region", STATUS, "Reading audio")
        look("before its first words")
        add_lines(worker, LINES)
        has_come(tab, worker)
        tab.click_words("Details")
        until(lambda: tab.run(OPEN), "the details are open", SEEN_S)
        look("with its details open")
        tab.click("button", "More actions")
        tab.see("link", "Text (TXT)")
        look("with the menu of a live one open")
        tab.click("button", "Play")
        until(lambda: tab.run(PLAYED), "a line is played", SEEN_S)
        look("while the recording plays")
        tab.click("button", "Pause")
        now = rows(tab)
        tab.wheel(now.x, now.y, -HEIGHT)
        tab.see("button", RESUME)
        look("after the reader has scrolled away")
        worker.report.fail("gave_up", "It was tried three times.", retryable=True)
        tab.see("region", STATUS, "Failed")
        tab.click("button", "Download")
        look("failed, with the menu of its files open")

    with house.session(email) as worker:
        house.turn_streams(on=False)
        try:
            tab.visit(f"/sessions/{worker.session_id}")
            tab.see("region", STATUS, ONLY_ASKS)
            look("polling after a flag")
        finally:
            house.turn_streams(on=True)

    with house.session(email) as worker:
        follow(tab, house, worker)
        tab.excuse(OFFLINE)
        tab.run_fast(TIMES)
        worker.advance()
        sees_all(tab, worker)
        with tab.offline():
            tab.see("region", STATUS, " old")
            look("without a network for a while")
            tab.run_fast(1 / TIMES)
        streams(house, worker)
        worker.report.advance(Stage.CANCELED)
        tab.see("region", STATUS, "Canceled")
        look("canceled")
    assert found == [], "\n".join(found)
