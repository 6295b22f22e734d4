"""The page shows every word once after reloads, a flag change and with many tabs; all engines agree on these."""

from tests.e2e.browsers.following import TIMES, ends_well, follow, sees_all, streams_no_more
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import Tab

TABS = 7
"""One more than a browser's connections to a host, because hidden tabs must not keep theirs."""


def test_page_polls_while_streams_are_off(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        house.turn_streams(on=False)
        try:
            streams_no_more(house, worker)
            worker.advance()
            sees_all(tab, worker)
            ends_well(tab, worker)
        finally:
            house.turn_streams(on=True)


def test_reload_keeps_every_word(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        worker.advance()
        tab.reload()
        worker.advance()
        sees_all(tab, worker)
        ends_well(tab, worker)


def test_more_tabs_than_connections_all_work(tab: Tab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        tabs = [tab]
        while len(tabs) < TABS:
            tabs[-1].run_fast(TIMES)
            tabs[-1].hide()
            streams_no_more(house, worker)
            tabs[-1].run_fast(1 / TIMES)  # or it would poll for its title thirty times as often
            tabs.append(tab.another())
            tabs[-1].visit(f"/sessions/{worker.session_id}")
            worker.advance()
            sees_all(tabs[-1], worker)
        ends_well(tabs[-1], worker)
        tab.show()
        sees_all(tab, worker)
        for one in tabs[1:]:
            one.close()
