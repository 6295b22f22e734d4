"""A process that is controlled over stdin and stdout, one JSON object a line: the methods are its commands."""

import json
import os
import select
import sys
import time
from abc import ABC, abstractmethod

COMMANDS = 0
"""The descriptor of the commands: stdin."""
QUANTUM_S = 0.0003
"""The pause between two looks; else each delivery would cost a wake-up, partly in the sender's CPU time."""


class Controlled(ABC):
    """Looks at its sockets in turns. `look_s`: how long a turn waits at most when nothing happens."""

    look_s = 0.2

    def __init__(self) -> None:
        self.epoll = select.epoll()

    @abstractmethod
    def look(self, timeout_s: float) -> None:
        """One turn: handles what has come, and calls `obey` for `COMMANDS`."""

    def obey(self) -> None:
        line = sys.stdin.readline()
        if not line:
            sys.exit(0)
        command = json.loads(line)
        answer = getattr(self, command.pop("do"))(**command)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def run(self) -> None:
        os.environ.pop("PYTHONUNBUFFERED", None)
        self.epoll.register(COMMANDS, select.EPOLLIN)
        while True:
            self.look(self.look_s)
            time.sleep(QUANTUM_S)
