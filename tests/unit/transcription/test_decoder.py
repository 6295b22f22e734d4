"""The decoder process: it gives the same results as `audio`, and its failures do not affect the worker."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import audio
from playhead.transcription.decoder import client
from playhead.transcription.decoder.frames import Limits
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.mixer import BLOCK, SAMPLE_RATE
from tests.support import media
from tests.support.programs import alive, decoders
from tests.support.speech import JFK, TWO_CITIES
from tests.support.waiting import until


def the_decoder() -> int:
    (pid,) = decoders()
    return pid


@pytest.mark.parametrize("name", ["speech.mp3", "speech.m4a", "speech.opus", "speech-float.wav"])
def test_decoder_gives_the_same_samples_as_audio(name: str, made: Callable[[str], Path]) -> None:
    path = made(name)
    assert client.survey(path).duration_s == audio.survey(path).duration_s
    ours, theirs = list(client.blocks(path, 5.0)), list(audio.blocks(path, 5.0))
    assert [block.shape for block in ours] == [block.shape for block in theirs]
    assert np.array_equal(np.concatenate(ours, axis=1), np.concatenate(theirs, axis=1))
    assert decoders() == set()


def test_unusable_file_raises_an_audio_error_with_its_code(tmp_path: Path) -> None:
    path = tmp_path / "text.mp3"
    path.write_text("It was the best of times. " * 1000)
    for attempt in (lambda: client.survey(path).duration_s, lambda: list(client.blocks(path))):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == AudioFault.UNREADABLE
        assert str(tmp_path) not in str(refused.value)
    with pytest.raises(AudioError) as refused:
        client.survey(TWO_CITIES, max_s=20)
    assert refused.value.code == AudioFault.TOO_LONG


def test_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        client.survey(tmp_path / "gone.wav")
    with pytest.raises(FileNotFoundError):
        next(client.blocks(tmp_path))


def test_closing_the_blocks_ends_the_decoder() -> None:
    blocks = client.blocks(TWO_CITIES)
    next(blocks)
    pid = the_decoder()
    blocks.close()
    assert decoders() == set()
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGXCPU])
def test_decoder_killed_by_a_signal_is_a_damaged_file(number: signal.Signals, tmp_path: Path) -> None:
    blocks = client.blocks(media.long_silence(tmp_path / "long.opus", hours=1))
    next(blocks)
    os.kill(the_decoder(), number)
    with pytest.raises(AudioError) as refused:
        list(blocks)
    assert refused.value.code == AudioFault.DAMAGED
    assert decoders() == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_decoder_ignores_signals_to_the_workers_group(number: signal.Signals) -> None:
    """Otherwise a recording would count as damaged because the machine shuts down."""
    blocks = client.blocks(TWO_CITIES)
    size = next(blocks).size
    os.kill(the_decoder(), number)
    assert size + sum(block.size for block in blocks) == media.samples_of(TWO_CITIES).size


class Stop(Exception):
    pass


class OnProgress:
    """Counts its calls; raises `Stop` once `stop()` is true."""

    def __init__(self) -> None:
        self.count = 0
        self.stop: Callable[[], bool] = lambda: False

    def __call__(self) -> None:
        self.count += 1
        if self.stop():
            raise Stop


def test_probe_can_be_stopped_while_its_decoder_hangs(tmp_path: Path) -> None:
    path = media.long_silence(tmp_path / "long.opus", hours=1)
    progress = OnProgress()

    def hang() -> bool:
        for pid in decoders():
            os.kill(pid, signal.SIGSTOP)
        return progress.count > 5

    progress.stop = hang
    with pytest.raises(Stop):
        client.survey(path, on_progress=progress, limits=Limits(look_s=0.01))
    assert decoders() == set()


def test_blocks_can_be_stopped_while_their_decoder_hangs(tmp_path: Path) -> None:
    progress = OnProgress()
    path = media.long_silence(tmp_path / "long.opus", hours=1)
    blocks = client.blocks(path, on_progress=progress, limits=Limits(look_s=0.01))
    next(blocks)
    os.kill(the_decoder(), signal.SIGSTOP)
    seen = progress.count
    progress.stop = lambda: progress.count > seen + 50
    with pytest.raises(Stop):
        list(blocks)
    assert decoders() == set()


def test_silent_decoder_is_a_timeout_not_a_damaged_file() -> None:
    blocks = client.blocks(TWO_CITIES, limits=Limits(look_s=0.01, silence_s=0.0))
    with pytest.raises(TimeoutError):
        next(blocks)
    assert decoders() == set()


def test_probe_calls_on_progress(tmp_path: Path) -> None:
    progress = OnProgress()
    client.survey(media.long_silence(tmp_path / "long.opus", hours=1), on_progress=progress)
    assert progress.count > 1


def test_too_much_cpu_time_is_a_damaged_file(tmp_path: Path) -> None:
    path = media.long_silence(tmp_path / "long.opus", hours=10)
    with pytest.raises(AudioError, match="of CPU time") as refused:
        sum(block.size for block in client.blocks(path, limits=Limits(cpu_s=2)))
    assert refused.value.code == AudioFault.DAMAGED


def test_decoder_that_cannot_start_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match="decoder ended"):
        client.survey(JFK, limits=Limits(memory_bytes=1024**2))


WORKER = """
import pathlib, sys
from playhead.transcription.decoder import client
blocks = client.blocks(pathlib.Path(sys.argv[1]))
next(blocks)
print("decoding", flush=True)
sys.stdin.read()
"""


def test_decoder_ends_with_its_killed_worker(tmp_path: Path) -> None:
    path = media.long_silence(tmp_path / "long.opus", hours=1)
    command = [sys.executable, "-c", WORKER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"decoding\n"
        left = decoders(worker.pid)
        assert len(left) == 1
        for pid in left:
            os.kill(pid, signal.SIGSTOP)  # so that it does not end by a write to the closed pipe
        worker.kill()
    until(lambda: not alive(left), "the decoder ends")


def test_decoder_imports_only_what_it_uses() -> None:
    script = "import playhead.transcription.decoder.__main__, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert loaded & {"av", "numpy"} == {"av", "numpy"}
    assert not loaded & {"celery", "sqlalchemy", "msgspec", "structlog", "faster_whisper", "ctranslate2", "subprocess"}


def test_blocks_are_small() -> None:
    sizes = [block.size for block in client.blocks(JFK)]
    assert max(sizes) <= BLOCK
    assert sum(sizes) == 11 * SAMPLE_RATE


def test_decoder_environment_holds_no_secret() -> None:
    ours = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "SECRET_KEY": "s",
        "DATABASE_URL": "u",
        "AWS_SECRET_ACCESS_KEY": "k",
        "HOME": "/",
    }
    assert client.environ(ours) == {"PATH": "/bin", "LC_ALL": "C"} | client.ONE_THREAD
