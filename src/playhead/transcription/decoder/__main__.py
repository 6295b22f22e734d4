"""The process that surveys or decodes one file: `python -m playhead.transcription.decoder TASK`.

It uses memory and time up to its limits, answers on its standard output, and ends with the worker that started it. It
imports only what it uses, because it starts twice for every recording.
"""

import json
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from playhead.parent_death import end_with
from playhead.transcription import audio
from playhead.transcription.decoder.frames import OUT_OF_MEMORY, Kind, Limits, Task, send
from playhead.transcription.faults import AudioError

IGNORED_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Sent to the worker's whole group or container: the worker finishes its work, and then ends this process."""


def main() -> None:
    task = Task.decode(sys.argv[1])
    end_with(task.parent)
    for number in IGNORED_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_DATA, task.limits.memory_bytes)
    # Output of libraries must not get between the frames.
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
        pass  # the worker closed its end
    os._exit(0)  # the interpreter's own shutdown takes as long as a short file


def _serve(task: Task, reply: Callable[..., None]) -> None:
    path = Path(task.path)

    def on_progress() -> None:
        reply(Kind.PROGRESS)

    try:
        if task.verb == "survey":
            found = audio.survey(
                path, track=task.track, channels=task.channels, max_s=task.max_s, on_progress=on_progress
            )
            reply(Kind.SURVEY, json.dumps(asdict(found)).encode())
        else:
            for block in audio.blocks(path, task.start_at, heard=task.heard, max_s=task.max_s, on_progress=on_progress):
                reply(Kind.BLOCK, block.tobytes())
    except AudioError as error:
        reply(Kind.FAULT, json.dumps([error.code, error.evidence, error.name]).encode())
    except FileNotFoundError:
        reply(Kind.MISSING)
    else:
        reply(Kind.END)


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def _renew(limits: Limits) -> None:
    """Allows `stall_cpu_s` more of CPU time; the kernel ends the process when they are used up."""
    total = _total(limits)
    soon = math.ceil(time.process_time()) + limits.stall_cpu_s
    # Below the hard limit, so that the signal is SIGXCPU and the worker can name the reason.
    resource.setrlimit(resource.RLIMIT_CPU, (min(soon, total - 1), total))


def _total(limits: Limits) -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    return limits.cpu_s if hard == resource.RLIM_INFINITY else min(limits.cpu_s, hard)


if __name__ == "__main__":
    main()
