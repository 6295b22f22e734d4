"""A web process that looks each second for a session that waits: `python -m tests.support.quick_alerts`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from playhead.config import load
from playhead.metrics.catalog import QUEUE_AGE
from playhead.monitoring.alerts.conditions import Above
from playhead.monitoring.alerts.table import BY_NAME
from playhead.monitoring.alerts.watching import Watching
from playhead.serve.run import run
from playhead.web import create_app
from tests.support.ports import free_port
from tests.support.site import HIGH_LIMITS, Site, Web
from tests.support.waiting import until

ALERT = "QueueOld"
WAITS = replace(BY_NAME[ALERT], condition=Above(gauge=QUEUE_AGE, limit=1), for_s=2, keep_firing_s=0)
QUICK = Watching(alerts=(WAITS,), look_s=1.0, notices_s=0.5, first_pause_s=2.0)


@contextmanager
def quick_alerts(site: Site, **settings: str) -> Iterator[Web]:
    """Runs such a process until it is ready."""
    port = free_port()
    command = [sys.executable, "-m", "tests.support.quick_alerts"]
    with site.program(command, f"web-{port}", PORT=str(port), **HIGH_LIMITS | settings) as running:
        web = Web(port, running)
        until(web.ready, f"the web is ready: {running.out}{running.err}")
        yield web


if __name__ == "__main__":
    run(load(), partial(create_app, watching=QUICK))
