"""A worker's side of the decoder: `probe` and `blocks` as `audio` has them, at the cost of another process.

Whatever a file does there ends as an `AudioError` here: that process is stopped by its limits, or crashes.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np

from playhead.transcription.audio import MAX_S, AudioError, AudioFault
from playhead.transcription.decoder.frames import OUT_OF_MEMORY, Kind, Limits, Task, take
from playhead.transcription.mixer import Samples

COMMAND = (sys.executable, "-m", __package__)
PIECE_BYTES = 1024**2
"""Read at once: more than a pipe holds."""
KEPT = ("PATH", "LANG", "LC_", "TZ", "LD_LIBRARY_PATH", "PYTHON", "OPENBLAS_", "COVERAGE_")
"""How the names of variables begin that the decoder is given: it reads what nobody vouches for, and needs no secret."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""NumPy would start a thread for each core, with memory for each, and there is nothing for them to do."""


def probe(
    path: Path, *, max_s: float = MAX_S, on_sign: Callable[[], object] = lambda: None, limits: Limits = Limits()
) -> float:
    """As `audio.probe`. `on_sign` is called while it goes on; what it raises ends it.

    Raises:
        AudioError: the file is not usable, or its probe went over a limit or crashed.
        FileNotFoundError: there is no such file.
    """
    task = Task(verb="probe", path=str(path.absolute()), max_s=max_s, parent=os.getpid(), limits=limits)
    with closing(_answers(task, on_sign)) as answers:
        for kind, payload in answers:
            if kind is Kind.DURATION:
                return msgspec.json.decode(payload, type=float)
    raise RuntimeError("the decoder did not answer")


def blocks(
    path: Path,
    start_at: float = 0.0,
    *,
    max_s: float = MAX_S,
    on_sign: Callable[[], object] = lambda: None,
    limits: Limits = Limits(),
) -> Generator[Samples]:
    """As `audio.blocks`. Closing it ends the process at once, whatever it does; `on_sign` as in `probe`.

    Raises:
        AudioError: as `probe`; too late for a file that turns out so on the way.
        FileNotFoundError: there is no such file.
    """
    path = path.absolute()
    task = Task(verb="blocks", path=str(path), start_at=start_at, max_s=max_s, parent=os.getpid(), limits=limits)
    with closing(_answers(task, on_sign)) as answers:
        for kind, payload in answers:
            if kind is Kind.BLOCK:
                yield np.frombuffer(payload, np.float32)


def environ(ours: Mapping[str, str]) -> dict[str, str]:
    """The decoder's environment, out of the worker's."""
    return {name: value for name, value in ours.items() if name.startswith(KEPT)} | ONE_THREAD


def _answers(task: Task, on_sign: Callable[[], object]) -> Generator[tuple[Kind, bytes]]:
    """The frames of a decoder that starts with the first of them, until it says that it is done."""
    kind = None
    with subprocess.Popen(  # noqa: S603 - our own
        [*COMMAND, task.encode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=environ(os.environ),
    ) as process:
        try:
            for kind, payload in _frames(process, on_sign, task.limits):
                if kind is Kind.END:
                    return
                if kind is Kind.MISSING:
                    raise FileNotFoundError(task.path)
                if kind is Kind.FAULT:
                    code, evidence = msgspec.json.decode(payload, type=tuple[AudioFault, str])
                    raise AudioError(code, evidence)
                yield kind, payload
            process.wait(task.limits.silence_s)
        finally:
            process.kill()
    raise _verdict(process.returncode, task.limits, started=kind is not None)


def _frames(
    process: subprocess.Popen[bytes], on_sign: Callable[[], object], limits: Limits
) -> Generator[tuple[Kind, bytes]]:
    """Whatever a process says, until it has closed its output.

    Raises:
        TimeoutError: it said nothing for too long.
    """
    assert process.stdout is not None
    output = process.stdout.fileno()
    buffer = bytearray()
    heard_at = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            on_sign()
            if selector.select(limits.look_s):
                piece = os.read(output, PIECE_BYTES)
                if not piece:
                    return
                buffer += piece
                while (frame := take(buffer)) is not None:
                    yield frame
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > limits.silence_s:
                raise TimeoutError(f"no sign of the decoder for {limits.silence_s:.0f} s")


def _verdict(code: int, limits: Limits, *, started: bool) -> Exception:
    """Why a decoder ended in the middle."""
    if not started or (code >= 0 and code != OUT_OF_MEMORY):
        return RuntimeError(f"the decoder ended with code {code}")
    if code == OUT_OF_MEMORY:
        return AudioError(AudioFault.DAMAGED, f"over {limits.memory_bytes} bytes of memory")
    if code == -signal.SIGXCPU:
        evidence = f"over {limits.stall_cpu_s} s of computing for a minute of sound, or {limits.cpu_s} s in all"
        return AudioError(AudioFault.DAMAGED, evidence)
    return AudioError(AudioFault.DAMAGED, f"the decoder was ended by signal {-code}")
