"""A web process that looks at a rollout more often: `python -m tests.support.quick_web TIMINGS`.

`TIMINGS` is an object in JSON with fields of `Timings`.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from playhead.config import load
from playhead.rollout.timings import Timings
from playhead.serve.run import run
from playhead.web import create_app
from tests.support.ports import free_port
from tests.support.site import HIGH_LIMITS, Site, Web
from tests.support.waiting import until


@contextmanager
def quick_web(site: Site, timings: dict[str, float], **settings: str) -> Iterator[Web]:
    """Runs such a process until it is ready."""
    port = free_port()
    command = [sys.executable, "-m", "tests.support.quick_web", json.dumps(timings)]
    with site.program(command, f"web-{port}", PORT=str(port), **HIGH_LIMITS | settings) as running:
        web = Web(port, running)
        until(web.ready, f"the web is ready: {running.out}{running.err}")
        yield web


if __name__ == "__main__":
    run(load(), partial(create_app, timings=Timings(**json.loads(sys.argv[1]))))
