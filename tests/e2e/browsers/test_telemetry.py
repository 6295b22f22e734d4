"""A page reports how its streams fare, in the form that the server takes."""

from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import follow
from tests.e2e.browsers.service import Service
from tests.e2e.browsers.tab import SEEN_S
from tests.support.waiting import until

ANSWERS = """
return performance.getEntriesByType('resource')
  .filter(({ name }) => name.endsWith('/api/v1/telemetry'))
  .map(({ responseStatus }) => responseStatus)
"""


def test_page_reports_its_first_proven_stream(tab: PlaywrightTab, house: Service, email: str) -> None:
    with house.session(email) as worker:
        follow(tab, house, worker)
        until(lambda: tab.run(ANSWERS) == [202], "a report is taken", SEEN_S)
