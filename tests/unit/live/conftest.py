from collections.abc import Iterator

import pytest

from playhead.live.observer import Observer
from playhead.live.publisher import RENEW_S, StatusPublisher
from playhead.live.shared_publisher import close_publishers
from tests.unit.live.jobs import Jobs
from tests.unit.live.outbox import Open, Outbox


@pytest.fixture
def publisher() -> Iterator[Open]:
    opened: list[tuple[StatusPublisher, Outbox]] = []

    def start(
        outbox: Outbox,
        min_interval_s: float = 0.0,
        back_off_s: float = 0.001,
        renew_s: float = RENEW_S,
        observer: Observer | None = None,
    ) -> StatusPublisher:
        times = {"min_interval_s": min_interval_s, "back_off_s": back_off_s, "renew_s": renew_s}
        made = StatusPublisher(outbox, observer=observer, **times)
        opened.append((made, outbox))
        return made

    yield start
    for made, outbox in opened:
        outbox.go_on.set()
        outbox.fails = False
        made.close()


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture(autouse=True)
def shared_publishers() -> Iterator[None]:
    """Closes them: other tests count the threads of publishers."""
    yield
    close_publishers()
