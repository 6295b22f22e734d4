"""The real engine on real speech: order, resuming, cancelation, silence and memory."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import windows
from playhead.transcription.audio import AudioError, AudioFault
from playhead.transcription.engines import Checkpoint, Event, Language, ModelError, Segment, UnknownLanguage
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.mixer import SAMPLE_RATE
from tests.support import media
from tests.support.programs import decoders
from tests.support.speech import JFK, TWO_CITIES


def _segments(events: Iterable[Event]) -> list[Segment]:
    return [event for event in events if isinstance(event, Segment)]


@pytest.fixture(scope="module")
def story(tiny: FasterWhisper) -> list[Event]:
    return list(tiny.segments(TWO_CITIES, None, 0.0))


def test_segments_are_in_order_and_inside_their_window(story: list[Event]) -> None:
    now_s = checkpoint_s = 0.0
    for event in story:
        match event:
            case Segment(start_s, end_s, text):
                assert checkpoint_s <= now_s <= start_s <= end_s
                assert text == text.strip() != ""
                now_s = end_s
            case Checkpoint(done_s):
                assert now_s <= done_s <= checkpoint_s + windows.LIMIT_S
                now_s = checkpoint_s = done_s
    assert checkpoint_s == pytest.approx(44.374, abs=0.01)


def test_first_segment_comes_early(story: list[Event]) -> None:
    first = next(event for event in story if isinstance(event, Checkpoint))
    assert first.done_s <= 8.0
    assert _segments(itertools.takewhile(lambda event: event != first, story))


@pytest.mark.parametrize("which", [len, lambda checkpoints: len(checkpoints) // 2], ids=["last", "middle"])
def test_resumed_segments_are_the_same_from_a_checkpoint(
    which: Callable[[list[Checkpoint]], int], story: list[Event], tiny: FasterWhisper
) -> None:
    checkpoints = [event for event in story if isinstance(event, Checkpoint)]
    start = checkpoints[which(checkpoints) - 1]
    assert list(tiny.segments(TWO_CITIES, "en", start.done_s)) == story[story.index(start) + 1 :]


def test_language_comes_once_before_the_segments(base: FasterWhisper) -> None:
    events = list(base.segments(JFK, None, 0.0))
    assert [event.code for event in events if isinstance(event, Language)] == ["en"]
    assert isinstance(events[0], Language)


def test_given_language_is_used_or_rejected(tiny: FasterWhisper) -> None:
    assert not any(isinstance(event, Language) for event in tiny.segments(JFK, "en", 0.0))
    with pytest.raises(UnknownLanguage, match=r"tiny\.en does not support the language 'fr'"):
        next(tiny.segments(JFK, "fr", 0.0))


@pytest.mark.parametrize("loudness", [0.0, 0.02], ids=["silence", "noise"])
def test_silence_and_noise_give_no_segments(loudness: float, tiny: FasterWhisper, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-loudness, loudness, 40 * SAMPLE_RATE)
    path = media.encode(noise.astype(np.float32), tmp_path / "speech.flac")
    events = list(tiny.segments(path, None, 0.0))
    assert [type(event) for event in events] == [Checkpoint] * 3
    assert events[-1] == Checkpoint(40.0)


def test_closing_the_segments_closes_the_file(tiny: FasterWhisper) -> None:
    events = tiny.segments(TWO_CITIES, None, 0.0)
    next(events)
    assert decoders()
    events.close()
    assert not decoders()


def test_probe_loads_no_model(tmp_path: Path) -> None:
    engine = FasterWhisper("/no/model", tmp_path, max_s=20)
    assert engine.probe(JFK) == 11.0
    with pytest.raises(AudioError) as refused:
        engine.probe(TWO_CITIES)
    assert refused.value.code == AudioFault.TOO_LONG


def test_name_holds_engine_and_model(data_dir: Path) -> None:
    assert FasterWhisper("base", data_dir).name == "faster-whisper/base"
    assert FasterWhisper("/srv/models/large-v3", data_dir).name == "faster-whisper/large-v3"


def test_broken_model_raises_a_model_error(tiny: FasterWhisper, data_dir: Path, tmp_path: Path) -> None:
    tiny.load()
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / name).write_bytes((data_dir / "models" / "tiny.en" / name).read_bytes())
    (tmp_path / "model.bin").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        FasterWhisper(str(tmp_path), data_dir).load()


def test_ten_minutes_need_no_more_memory_than_one(data_dir: Path, tiny: FasterWhisper, tmp_path: Path) -> None:
    """Transcribes real speech first and ten minutes of silence after it, in another process."""
    tiny.load()
    script = (
        "import pathlib, resource, sys\n"
        "from playhead.transcription.engines.faster_whisper import FasterWhisper\n"
        "speech, long, data = map(pathlib.Path, sys.argv[1:])\n"
        "engine = FasterWhisper('tiny.en', data)\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "list(engine.segments(speech, 'en', 0.0)); before = peak()\n"
        "assert list(engine.segments(long, 'en', 0.0))[-1].done_s > 599.9\n"
        "print(peak() - before)"
    )
    long = media.long_silence(tmp_path / "long.opus", hours=1 / 6)
    command = [sys.executable, "-c", script, str(JFK), str(long), str(data_dir)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 20 * 1024  # KiB; ten minutes of samples would be 38 thousand


def test_checkpoints_come_on_the_way_to_a_late_start(tiny: FasterWhisper, tmp_path: Path) -> None:
    silence = media.wav(tmp_path / "silence.wav", np.zeros((200 * SAMPLE_RATE, 1), np.int16))
    positions = [event.done_s for event in tiny.segments(silence, "en", 150.0) if isinstance(event, Checkpoint)]
    assert positions[:2] == [150.0, 150.0]
    assert positions[2] > 150.0
    assert positions[-1] == 200.0
