"""The process that probes or decodes one file: `python -m playhead.transcription.decoder TASK`.

It takes memory and time up to its limits, answers on its output, and ends with the worker that started it. It loads
nothing that it does not use: every recording pays for its start, twice.
"""

import json
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playhead.parent_death import end_with
from playhead.transcription import audio
from playhead.transcription.decoder.frames import OUT_OF_MEMORY, Kind, Limits, Task, send

OTHERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Meant for the worker, and sent to all of its group or container: it ends what it does, and then this process."""


def main() -> None:
    task = Task.decode(sys.argv[1])
    end_with(task.parent)
    for number in OTHERS:
        signal.signal(number, signal.SIG_IGN)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_DATA, task.limits.memory_bytes)
    # What libraries print must not get between the frames.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def reply(kind: Kind, payload: bytes = b"") -> None:
        _renew(task.limits)
        send(output, kind, payload)

    try:
        reply(Kind.READY)
        _serve(task, reply)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BrokenPipeError:
        pass  # nobody listens any more
    os._exit(0)  # what is open ends with the process; to take the interpreter apart costs as much as a short file


def _serve(task: Task, reply: Callable[..., None]) -> None:
    path = Path(task.path)

    def on_sign() -> None:
        reply(Kind.SIGN)

    try:
        if task.verb == "probe":
            duration_s = audio.probe(path, max_s=task.max_s, on_sign=on_sign)
            reply(Kind.DURATION, json.dumps(duration_s).encode())
        else:
            for block in audio.blocks(path, task.start_at, max_s=task.max_s, on_sign=on_sign):
                reply(Kind.BLOCK, block.tobytes())
    except audio.AudioError as error:
        reply(Kind.FAULT, json.dumps([error.code, error.evidence]).encode())
    except FileNotFoundError:
        reply(Kind.MISSING)
    else:
        reply(Kind.END)


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def _renew(limits: Limits) -> None:
    """Grant the next seconds of computing: the kernel ends a process that has used them up, whatever it does."""
    total = _total(limits)
    soon = math.ceil(time.process_time()) + limits.stall_cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (min(soon, total - 1), total))  # below the hard limit: its signal tells


def _total(limits: Limits) -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    return limits.cpu_s if hard == resource.RLIM_INFINITY else min(limits.cpu_s, hard)


if __name__ == "__main__":
    main()
