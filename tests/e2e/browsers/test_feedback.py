"""The question after a session that was watched: asked once, by keyboard, without a shift; and what admins see."""

from collections.abc import Iterator

import pytest

from tests.e2e.browsers import shifts
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.conftest import newcomer
from tests.e2e.browsers.following import FILE, STATUS, TIMES
from tests.e2e.browsers.reading import add_lines, has_come, rows, settle
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.e2e.browsers.test_accessible import all_wrong
from tests.e2e.browsers.test_layout_shift import nothing_jumped
from tests.support.waiting import until
from tests.support.worker import Worker

QUESTION = "Did this page keep you up to date?"
SETTLED_IN = "return performance.now() > 2000"
"""By the page's clock, in ms. The first heartbeat comes a second after the stream, which is open within half a second.
The question's own code is loaded on demand, and nothing in the page shows that it has begun to count."""
WATCHED = "return performance.now() - arguments[0] > 6000"
MANY = 60
"""Lines that are more than a window."""
IN_SIGHT = """
const form = document.querySelector('fieldset').closest('form')
const { left, top, width, height } = form.getBoundingClientRect()
return form.contains(document.elementFromPoint(left + width / 2, top + height - 2))
"""
LABEL = "return document.activeElement.closest('label')?.textContent ?? document.activeElement.textContent"
FILE_OF = """
const link = [...document.querySelectorAll('a[download]')].find(one => one.textContent === arguments[0])
return fetch(link.href).then(answer => answer.text())
"""
at_both_sizes = pytest.mark.parametrize("size", [(360, 667), (1366, 768)], ids=["phone", "laptop"])


@pytest.fixture
def one(tab: PlaywrightTab, house: Service, own_email: str) -> Iterator[PlaywrightTab]:
    """The tab of a person whom nobody has asked."""
    one = newcomer(tab, house, own_email)
    one.move()
    yield one
    one.close()


def watch(one: PlaywrightTab, worker: Worker, count: int) -> None:
    """Opens a session that goes on, and looks at it for six seconds of a fast clock."""
    one.visit(f"/sessions/{worker.session_id}")
    one.see("heading", FILE)
    add_lines(worker, count)
    has_come(one, worker)
    until(lambda: one.run(SETTLED_IN), "its stream had the first heartbeat, and what counts the time is loaded", SEEN_S)
    one.run_fast(TIMES)
    since = one.run("return performance.now()")
    until(lambda: one.run(WATCHED, since), "it was watched", SEEN_S)


@at_both_sizes
def test_question_is_asked_once_and_answered_by_keyboard(
    one: PlaywrightTab, house: Service, own_email: str, size: tuple[int, int]
) -> None:
    one.resize(*size)
    with house.session(own_email) as worker:
        watch(one, worker, MANY)
        shifts.watch(one)
        worker.finish()
        one.see("group", QUESTION)
        settle(one)
        assert one.run(IN_SIGHT)
        assert rows(one).newest > 0
        nothing_jumped(one)
    one.run("document.querySelector('fieldset input').focus()")
    one.press("Space")
    one.press("ArrowRight")
    one.press("ArrowRight")
    one.press("ArrowRight")
    assert one.run(LABEL) == "Mostly"
    one.press("Tab")
    assert one.run(LABEL) == "Not now"
    one.press("Tab")
    one.type("It was quick = nice.")
    one.press("Tab")
    assert one.run(LABEL) == "Send"
    one.press("Enter")
    one.see("status", "", "Thank you for your answer.")
    with house.session(own_email) as worker:
        watch(one, worker, 1)
        worker.finish()
        one.see("region", STATUS, "Done")
        settle(one, 30)
        assert one.text("group", QUESTION) == ""

    house.make_admin(own_email)
    one.visit("/admin/feedback")
    one.see("region", "Newest answers", "It was quick = nice.")
    assert "4 of 5: Mostly" in one.text("region", "Newest answers")
    assert ",4,stream,It was quick = nice.\r\n" in one.run(FILE_OF, "Download CSV")


def test_reader_above_the_end_is_not_moved(one: PlaywrightTab, house: Service, own_email: str) -> None:
    one.resize(1366, 768)
    with house.session(own_email) as worker:
        watch(one, worker, MANY)
        one.wheel(600, 400, -600)
        settle(one)
        before = rows(one)
        shifts.watch(one)
        worker.finish()
        one.see("group", QUESTION)
        settle(one)
        after = rows(one)
        assert (after.scrolled, after.x, after.y) == (before.scrolled, before.x, before.y)
        nothing_jumped(one)


def test_question_and_answers_are_accessible_in_each_width(one: PlaywrightTab, house: Service, own_email: str) -> None:
    with house.session(own_email) as worker:
        watch(one, worker, 2)
        worker.finish()
        one.see("group", QUESTION)
    one.click("radio", "Partly")
    one.fill("Anything to add?", "Nothing.")
    assert all_wrong(one) == []
    one.click("button", "Send")
    one.see("status", "", "Thank you for your answer.")
    house.make_admin(own_email)
    one.visit("/admin/feedback")
    one.see("region", "Newest answers", "Nothing.")
    assert all_wrong(one) == []
