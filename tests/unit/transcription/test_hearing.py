"""Recordings as people have them give the words that were spoken, at their times, by channel, and no others."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import jiwer
import numpy as np
import pytest

from playhead.transcription.engines import Checkpoint, Language, Segment, Skipped
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.mixer import SAMPLE_RATE
from playhead.transcription.survey import ChannelChoice, TrackChoice
from tests.support import media
from tests.support.recordings import (
    A_WORDS,
    B_S,
    B_WORDS,
    Sound,
    call,
    louder,
    noise,
    side_by_side,
    silence,
    speech_a,
    speech_b,
    wav,
)
from tests.support.speech import words

B_COUNT = 32
"""Words in `B_S` seconds of the second speech."""


def heard(
    engine: FasterWhisper, path: Path, track: TrackChoice = None, channels: ChannelChoice = None
) -> dict[int | None, list[Segment]]:
    """The segments of each channel, as an attempt gets them."""
    survey = engine.probe(path, track=track, channels=channels)
    found = defaultdict(list)
    last_s = 0.0
    for event in engine.segments(path, "en", 0.0, voices=survey.voices):
        if isinstance(event, Segment):
            found[event.channel].append(event)
            last_s = max(last_s, event.end_s)
    assert last_s <= survey.duration_s
    return found


def text(segments: list[Segment]) -> list[str]:
    return words(" ".join(segment.text for segment in segments)).split()


def errors(expected: list[str], segments: list[Segment]) -> float:
    """The word error rate."""
    return float(jiwer.wer(" ".join(expected), " ".join(text(segments)) or "-"))


ONE_VOICE: dict[str, Callable[[Path], Path]] = {
    "inverted channel": lambda path: wav(path, side_by_side(speech_a(), -speech_a())),
    "channel of noise": lambda path: wav(path, side_by_side(noise(11, -20), speech_a())),
    "60 dB quieter in 24 bits": lambda path: wav(path, louder(speech_a(), -60), 24),
    "floats 20 dB over full scale": lambda path: wav(path, louder(speech_a(), 20), 32),
}


@pytest.mark.parametrize("name", ONE_VOICE)
def test_words_of_one_speaker_are_heard(name: str, base: FasterWhisper, tmp_path: Path) -> None:
    found = heard(base, ONE_VOICE[name](tmp_path / "upload"))
    assert set(found) == {None}
    assert errors(A_WORDS, found[None]) <= 0.1


def test_far_speaker_is_heard_after_a_near_one(base: FasterWhisper, tmp_path: Path) -> None:
    sound = np.concatenate([speech_a(), silence(1.0), louder(speech_b(), -40)])
    found = heard(base, wav(tmp_path / "a.wav", sound, 24))
    assert errors([*A_WORDS, *B_WORDS[:B_COUNT]], found[None]) <= 0.2


@pytest.mark.parametrize(("quieter_db", "apart_s"), [(-30, 12.0), (-30, 4.0)])
def test_both_parties_of_a_call_are_heard(
    quieter_db: float, apart_s: float, base: FasterWhisper, tmp_path: Path
) -> None:
    found = heard(base, wav(tmp_path / "call.wav", call(quieter_db, apart_s)))
    assert set(found) == {1, 2}
    assert errors(A_WORDS, found[1]) <= 0.1
    assert errors(B_WORDS[:B_COUNT], found[2]) <= 0.1
    assert found[1][0].start_s <= 1.0
    assert apart_s - 0.3 <= found[2][0].start_s <= apart_s + 1.0


def test_speech_after_a_long_gap_has_its_time(base: FasterWhisper, tmp_path: Path) -> None:
    path = media.late(tmp_path / "late.mkv", speech_a(), [700.0, 1500.0])
    assert base.probe(path).duration_s == pytest.approx(1511, abs=0.1)
    segments = heard(base, path)[None]
    assert segments[0].start_s == pytest.approx(700.3, abs=0.5)
    second = [segment for segment in segments if segment.start_s > 1000]
    assert second[0].start_s == pytest.approx(1500.3, abs=0.5)
    assert errors(A_WORDS, second) <= 0.1


def hum() -> Sound:
    at = np.arange(15 * SAMPLE_RATE) / SAMPLE_RATE
    return (np.sin(100 * np.pi * at) + np.sin(300 * np.pi * at) / 2 + np.sin(500 * np.pi * at) / 4).astype(np.float32)


def music() -> Sound:
    """A scale on an instrument with four harmonics, two notes a second."""
    at = np.arange(15 * SAMPLE_RATE) / SAMPLE_RATE
    pitch = 2 ** (np.floor(at * 2) % 7 / 12)
    fade = np.exp(-3 * (at * 2 % 1))
    notes = sum(np.sin(2 * np.pi * 220 * n * pitch * at) / n for n in range(1, 5))
    return (notes * fade / 2).astype(np.float32)


NO_SPEECH: dict[str, Callable[[], Sound]] = {
    "silence": lambda: silence(15),
    "noise": lambda: noise(15, -10),
    "hum": lambda: louder(hum(), -6),
    "music": music,
}


@pytest.mark.parametrize("decibels", [0, -60])
@pytest.mark.parametrize("name", NO_SPEECH)
def test_nothing_is_invented_where_nobody_speaks(
    name: str, decibels: float, tiny: FasterWhisper, tmp_path: Path
) -> None:
    path = wav(tmp_path / "a.wav", louder(NO_SPEECH[name](), decibels), 24)
    survey = tiny.probe(path)
    events = tiny.segments(path, None, 0.0, voices=survey.voices)
    assert [event for event in events if not isinstance(event, Checkpoint | Language)] == []


def test_speech_drowned_in_noise_is_said_to_be_skipped(tiny: FasterWhisper, tmp_path: Path) -> None:
    drowned = louder(speech_b(), -10) + noise(B_S, -22)
    events = list(tiny.segments(wav(tmp_path / "a.wav", drowned), "en", 0.0))
    assert not any(isinstance(event, Segment) for event in events)
    assert any(isinstance(event, Skipped) for event in events)
