"""Runs people of Locust as another process commands, one JSON object a line on stdin and stdout.

It runs in Locust's own environment. Locust is used as a library, so that one process serves several scenarios, and so
that a scenario can restart the site while people are there.
"""

import json
import logging
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

from locust import events  # first: it patches the standard library  # isort: skip
import gevent
from gevent.fileobject import FileObject
from infra.load.people import users
from infra.load.people.users import Run
from locust.env import Environment
from locust.stats import stats_history

LOOPBACK = "127.0.0.1"
LOOK_S = 0.01
"""Between two looks at the clock, which show how late this process runs what is due."""


class Generator:
    """The people of one scenario at a time."""

    def __init__(self) -> None:
        self.environment: Environment | None = None
        self.run = Run()
        self.ui_port = 0

    def start(
        self,
        groups: list[dict[str, Any]],
        rate: float,
        recording: str = "",
        **settings: Any,
    ) -> dict[str, Any]:
        """Lets people come, `rate` a second. `groups`: `kind` (a class of `users`), `accounts`, `host`, `transport`."""
        content = Path(recording).read_bytes() if recording else b""
        self.run = Run(recording=(Path(recording).name, content), **settings)
        users.Person.run_ = self.run
        made = [
            type(
                f"{group['kind']}{number}",
                (getattr(users, group["kind"]),),
                {
                    "fixed_count": len(group["accounts"]),
                    "host": group["host"],
                    "transport": group["transport"],
                    "accounts": deque(group["accounts"]),
                },
            )
            for number, group in enumerate(groups)
            if group["accounts"]
        ]
        self.environment = Environment(user_classes=made, events=events)
        runner = self.environment.create_local_runner()
        if self.ui_port:
            gevent.spawn(stats_history, runner)
            self.environment.create_web_ui(LOOPBACK, self.ui_port)
        runner.start(sum(len(group["accounts"]) for group in groups), spawn_rate=rate)
        return {}

    def ui(self, port: int) -> dict[str, Any]:
        """Shows Locust's own page at this port while people are there."""
        self.ui_port = port
        return {}

    def mark(self) -> dict[str, Any]:
        self.run.records.mark(time.perf_counter())
        return {}

    def herd(self, on: bool) -> dict[str, Any]:
        """Sets whether viewers come back all at once."""
        self.run.herd = on
        return {}

    def summary(self) -> dict[str, Any]:
        return self.run.records.summary(time.perf_counter())

    def stop(self) -> dict[str, Any]:
        if self.environment is not None and self.environment.runner is not None:
            self.environment.runner.quit()
            if self.environment.web_ui is not None:
                self.environment.web_ui.stop()
        self.environment = None
        return {}

    def watch_delay(self) -> None:
        """Notes how late this process is, again and again: an update that came meanwhile is read as late."""
        while True:
            due = time.perf_counter() + LOOK_S
            gevent.sleep(LOOK_S)
            self.run.records.time("own_delay", max(0.0, time.perf_counter() - due) * 1e3)


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    generator = Generator()

    @events.user_error.add_listener
    def note(exception: BaseException, **_: Any) -> None:
        generator.run.records.fault("broken", f"a person: {exception!r}")

    gevent.spawn(generator.watch_delay)
    for line in FileObject(sys.stdin.buffer, "rb"):
        command = json.loads(line)
        answer = getattr(generator, command.pop("do"))(**command)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    generator.stop()


if __name__ == "__main__":
    main()
