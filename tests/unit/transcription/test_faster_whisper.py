"""The real engine on real speech: order, resuming, cancelation, silence and memory."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import windows
from playhead.transcription.engines import Checkpoint, Event, Language, ModelError, Segment, UnknownLanguage
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.mixer import SAMPLE_RATE
from tests.support import media
from tests.support.programs import decoders
from tests.support.recordings import Sound, silence, speech_a, wav
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


def test_words_are_in_order_and_inside_their_segment(story: list[Event]) -> None:
    for segment in _segments(story):
        assert "".join(word.text for word in segment.words) == segment.text.replace(" ", "")
        now_s = segment.start_s
        for word in segment.words:
            assert now_s <= word.start_s <= word.end_s <= segment.end_s
            now_s = word.end_s


SPOKEN_AT = {"And": 0.30, "ask": 3.25, "not": 4.00, "what": 5.40, "country": 5.95, "Ask": 8.15}
"""Seconds at which words of the speech begin, by its loudness; all but one come after a pause of 0.2 to 1.1 s."""


def test_words_begin_where_they_are_spoken(base: FasterWhisper) -> None:
    words = [word for segment in _segments(base.segments(JFK, "en", 0.0)) for word in segment.words]
    found = {word.text: word.start_s for word in reversed(words)}
    assert {text: found[text] for text in SPOKEN_AT} == pytest.approx(SPOKEN_AT, abs=0.3)


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


def one_word() -> Sound:
    """'Ask', of which nobody can tell the language: the model says English, with a probability of 0.25."""
    return np.concatenate([silence(0.5), speech_a()[round(3.2 * SAMPLE_RATE) : round(4.2 * SAMPLE_RATE)], silence(0.7)])


def test_language_of_one_word_is_uncertain(base: FasterWhisper, tmp_path: Path) -> None:
    events = list(base.segments(wav(tmp_path / "a.wav", one_word()), None, 0.0))
    assert [event for event in events if isinstance(event, Language)] == [Language("en", is_certain=False)]
    assert isinstance(events[0], Language)
    assert _segments(events)


def test_words_wait_until_their_language_is_certain(base: FasterWhisper, tmp_path: Path) -> None:
    sound = np.concatenate([one_word(), silence(7.0), speech_a()])
    events = list(base.segments(wav(tmp_path / "a.wav", sound), None, 0.0))
    assert [event for event in events if isinstance(event, Language)] == [Language("en")]
    assert isinstance(events[0], Language)
    assert _segments(events)[0].end_s < 4.0


def test_model_of_one_language_is_certain(tiny: FasterWhisper, tmp_path: Path) -> None:
    events = list(tiny.segments(wav(tmp_path / "a.wav", one_word()), None, 0.0))
    assert [event for event in events if isinstance(event, Language)] == [Language("en")]


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
    assert engine.probe(JFK).duration_s == 11.0
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
