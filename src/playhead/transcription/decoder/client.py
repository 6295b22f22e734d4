"""Runs `audio.survey` and `audio.blocks` in a decoder process with limits.

If a file makes that process crash or go over a limit, this raises an `AudioError`.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np

from playhead.transcription.audio import MAX_S
from playhead.transcription.decoder.frames import OUT_OF_MEMORY, Kind, Limits, Task, take
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.mixer import Samples
from playhead.transcription.survey import MIX, ChannelChoice, Survey, TrackChoice, Voice

COMMAND = (sys.executable, "-m", __package__)
READ_BYTES = 1024**2
"""Most bytes of one read: more than a pipe holds."""
ENV_PREFIXES = ("PATH", "LANG", "LC_", "TZ", "LD_LIBRARY_PATH", "PYTHON", "OPENBLAS_", "COVERAGE_")
"""Prefixes of the environment variables that the decoder gets: it reads untrusted files and needs no secret."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""NumPy would start a thread for each core, with memory for each, and the decoder uses none of them."""


def survey(
    path: Path,
    *,
    track: TrackChoice = None,
    channels: ChannelChoice = None,
    max_s: float = MAX_S,
    on_progress: Callable[[], object] = lambda: None,
    limits: Limits = Limits(),
) -> Survey:
    """Surveys a file as `audio.survey` does, in a decoder process.

    Args:
        track: as a person chose it.
        channels: as a person chose it.
        max_s: the longest recording accepted, in seconds.
        on_progress: called at least every `limits.look_s`; an exception it raises ends the survey.
        limits: what the process may use.

    Raises:
        AudioError: the file is not usable, or its decoder went over a limit or crashed.
        TimeoutError: the decoder did not answer for `limits.silence_s`.
        FileNotFoundError: there is no such file.
    """
    task = Task(
        verb="survey",
        path=str(path.absolute()),
        track=track,
        channels=channels,
        max_s=max_s,
        parent=os.getpid(),
        limits=limits,
    )
    with closing(_answers(task, on_progress)) as answers:
        for kind, payload in answers:
            if kind is Kind.SURVEY:
                return msgspec.json.decode(payload, type=Survey)
    raise RuntimeError("the decoder did not answer")


def blocks(
    path: Path,
    start_at: float = 0.0,
    *,
    heard: Sequence[Voice] = MIX,
    max_s: float = MAX_S,
    on_progress: Callable[[], object] = lambda: None,
    limits: Limits = Limits(),
) -> Generator[Samples]:
    """Decodes a file as `audio.blocks` does, in a decoder process; closing the generator ends that process at once.

    Args and Raises as in `survey` and `audio.blocks`.
    """
    task = Task(
        verb="blocks",
        path=str(path.absolute()),
        heard=tuple(heard),
        start_at=start_at,
        max_s=max_s,
        parent=os.getpid(),
        limits=limits,
    )
    with closing(_answers(task, on_progress)) as answers:
        for kind, payload in answers:
            if kind is Kind.BLOCK:
                yield np.frombuffer(payload, np.float32).reshape(len(task.heard), -1)


def environ(ours: Mapping[str, str]) -> dict[str, str]:
    """Filters the worker's environment for the decoder."""
    return {name: value for name, value in ours.items() if name.startswith(ENV_PREFIXES)} | ONE_THREAD


def _answers(task: Task, on_progress: Callable[[], object]) -> Generator[tuple[Kind, bytes]]:
    """Starts a decoder and yields its frames, up to its `END`."""
    kind = None
    with subprocess.Popen(  # noqa: S603 - our own
        [*COMMAND, task.encode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=environ(os.environ),
    ) as process:
        try:
            for kind, payload in _frames(process, on_progress, task.limits):
                if kind is Kind.END:
                    return
                if kind is Kind.MISSING:
                    raise FileNotFoundError(task.path)
                if kind is Kind.FAULT:
                    code, evidence, name = msgspec.json.decode(payload, type=tuple[AudioFault, str, str])
                    raise AudioError(code, evidence, name)
                yield kind, payload
            process.wait(task.limits.silence_s)
        finally:
            process.kill()
    raise _exit_error(process.returncode, task.limits, started=kind is not None)


def _frames(
    process: subprocess.Popen[bytes], on_progress: Callable[[], object], limits: Limits
) -> Generator[tuple[Kind, bytes]]:
    """Yields the frames of a process until it closes its output.

    Raises:
        TimeoutError: it sent nothing for `limits.silence_s`.
    """
    assert process.stdout is not None
    output = process.stdout.fileno()
    buffer = bytearray()
    received_at = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            on_progress()
            if selector.select(limits.look_s):
                piece = os.read(output, READ_BYTES)
                if not piece:
                    return
                buffer += piece
                while (frame := take(buffer)) is not None:
                    yield frame
                received_at = time.monotonic()
            elif time.monotonic() - received_at > limits.silence_s:
                raise TimeoutError(f"the decoder sent nothing for {limits.silence_s:.0f} s")


def _exit_error(code: int, limits: Limits, *, started: bool) -> Exception:
    """The error for a decoder that ended before its `END`."""
    if not started or (code >= 0 and code != OUT_OF_MEMORY):
        return RuntimeError(f"the decoder ended with code {code}")
    if code == OUT_OF_MEMORY:
        return AudioError(AudioFault.DAMAGED, f"over {limits.memory_bytes} bytes of memory")
    if code == -signal.SIGXCPU:
        evidence = f"over {limits.stall_cpu_s} s of CPU time for a minute of sound, or {limits.cpu_s} s in all"
        return AudioError(AudioFault.DAMAGED, evidence)
    return AudioError(AudioFault.DAMAGED, f"the decoder was ended by signal {-code}")
