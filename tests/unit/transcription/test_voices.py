"""What is heard of a recording: tracks, channels and gain, decided from real speech without a model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import audio
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.levels import Meter, loudest
from playhead.transcription.mixer import SAMPLE_RATE
from playhead.transcription.survey import ChannelChoice, Voice
from playhead.transcription.voices import MAX_VOICES, TARGET_DB
from tests.support import media
from tests.support.recordings import (
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

MKV = media.Format("matroska", "flac", 16_000)


def heard(path: Path, sound: Sound, channels: ChannelChoice = None, bits: int = 16) -> tuple[Voice, ...]:
    return audio.survey(wav(path / "a.wav", sound, bits), channels=channels).voices


def level(path: Path, voices: Sequence[Voice]) -> list[int]:
    """The loudest second of each voice, as it is heard."""
    meter = Meter(len(voices))
    for block in audio.blocks(path, heard=voices):
        meter.add(block)
    return [loudest(row) for row in meter.levels]


def shifted(sound: Sound, milliseconds: int) -> Sound:
    return np.concatenate([np.zeros(16 * milliseconds, np.float32), sound])


def room(one: Sound, other: Sound, bleed_db: float) -> Sound:
    """Two microphones in a room, each of which also hears the other person."""
    both = side_by_side(one, other)
    return both + louder(both[:, ::-1], bleed_db)


SAME = {
    "mono as stereo": lambda: side_by_side(speech_a(), speech_a()),
    "one quieter": lambda: side_by_side(speech_a(), louder(speech_a(), -20)),
    "one later": lambda: side_by_side(speech_a(), shifted(speech_a(), 20)),
    "one with noise": lambda: side_by_side(speech_a(), speech_a() + noise(11, -45)),
    "room": lambda: room(speech_a(), shifted(speech_b(), 11_000), -8),
    "silence": lambda: side_by_side(silence(3), silence(3)),
}
"""Channels that hold the same speech, or none."""


@pytest.mark.parametrize("name", SAME)
def test_same_speech_on_both_channels_is_mixed(name: str, tmp_path: Path) -> None:
    assert heard(tmp_path, SAME[name]()) == (Voice(track=1, weights=(0.5, 0.5)),)


@pytest.mark.parametrize("delay_ms", [0, 1])
def test_inverted_channel_does_not_cancel_the_other(delay_ms: int, tmp_path: Path) -> None:
    (voice,) = heard(tmp_path, side_by_side(speech_a(), -shifted(speech_a(), delay_ms)))
    assert level(tmp_path / "a.wav", [voice])[0] >= level_of(speech_a()) - 3
    (mixed,) = heard(tmp_path, side_by_side(speech_a(), -speech_a()), "mix")
    assert mixed.weights == (0.5, -0.5)


def level_of(sound: Sound) -> int:
    meter = Meter(1)
    meter.add(sound[None])
    return loudest(meter.levels[0])


@pytest.mark.parametrize("quieter_db", [0, -30])
@pytest.mark.parametrize("apart_s", [0, 6, 12])
def test_each_party_of_a_call_is_heard_by_itself(quieter_db: float, apart_s: float, tmp_path: Path) -> None:
    voices = heard(tmp_path, call(quieter_db, apart_s))
    assert [voice.channel for voice in voices] == [1, 2]
    assert [[weight > 0 for weight in voice.weights] for voice in voices] == [[True, False], [False, True]]
    one, other = level(tmp_path / "a.wav", voices)
    assert abs(one - other) <= 15


@pytest.mark.parametrize("bad", [silence(11), noise(11, -20), noise(11, -60)])
def test_channel_without_speech_is_left_out(bad: Sound, tmp_path: Path) -> None:
    assert heard(tmp_path, side_by_side(bad, speech_a())) == (Voice(track=1, weights=(0.0, 1.0)),)


def test_person_may_choose_each_channel_or_the_mix(tmp_path: Path) -> None:
    assert heard(tmp_path, call(), "mix") == (Voice(track=1, weights=(0.5, 0.5)),)
    voices = heard(tmp_path, side_by_side(speech_a(), speech_a()), "each")
    assert [(voice.weights, voice.channel) for voice in voices] == [((1.0, 0.0), 1), ((0.0, 1.0), 2)]


@pytest.mark.parametrize("channels", [6, 11, 32])
def test_many_channels_are_mixed_unless_they_cancel(channels: int, tmp_path: Path) -> None:
    rows = [silence(11)] * channels
    rows[2] = speech_a()
    (voice,) = heard(tmp_path, side_by_side(*rows))
    assert level(tmp_path / "a.wav", [voice])[0] >= -40
    rows[4] = -speech_a()
    (voice,) = heard(tmp_path, side_by_side(*rows))
    assert level(tmp_path / "a.wav", [voice])[0] >= -40
    assert len(heard(tmp_path, side_by_side(*rows), "each")) == min(channels, MAX_VOICES)


@pytest.mark.parametrize(("decibels", "bits"), [(-30, 16), (-60, 16), (-60, 24), (-70, 24), (20, 32), (60, 32)])
def test_quiet_and_too_loud_recordings_are_heard_at_one_level(decibels: float, bits: int, tmp_path: Path) -> None:
    voices = heard(tmp_path, louder(speech_a(), decibels), bits=bits)
    assert level(tmp_path / "a.wav", voices) == [pytest.approx(TARGET_DB, abs=1)]


def test_usual_recording_is_heard_as_it_is(tmp_path: Path) -> None:
    assert heard(tmp_path, speech_a()) == (Voice(track=1, weights=(1.0,)),)


def test_recording_too_quiet_for_words_has_a_warning(tmp_path: Path) -> None:
    found = audio.survey(wav(tmp_path / "a.wav", louder(speech_a(), -80)))
    assert [warning.code for warning in found.warnings] == ["too_quiet"]
    assert audio.survey(wav(tmp_path / "a.wav", silence(3))).warnings == ()


def test_silent_first_track_does_not_hide_the_second(tmp_path: Path) -> None:
    path = media.tracks([silence(11), speech_a()], tmp_path / "a.mkv", MKV)
    found = audio.survey(path)
    assert [track.chosen for track in found.tracks] == [False, True]
    assert found.voices == (Voice(track=2, weights=(1.0,)),)
    assert found.warnings == ()


def test_other_track_with_speech_has_a_warning(tmp_path: Path) -> None:
    found = audio.survey(media.tracks([speech_a(), speech_b()], tmp_path / "a.mkv", MKV))
    assert [track.chosen for track in found.tracks] == [True, False]
    assert [warning.code for warning in found.warnings] == ["other_tracks"]
    assert found.duration_s == 12.0


def test_copy_of_a_track_has_no_warning(tmp_path: Path) -> None:
    assert audio.survey(media.tracks([speech_a(), speech_a()], tmp_path / "a.mkv", MKV)).warnings == ()


def test_person_may_choose_a_track_or_all(tmp_path: Path) -> None:
    path = media.tracks([speech_a(), speech_b(), silence(3)], tmp_path / "a.mkv", MKV)
    assert [voice.track for voice in audio.survey(path, track=2).voices] == [2]
    found = audio.survey(path, track="all")
    assert [(voice.track, voice.channel) for voice in found.voices] == [(1, 1), (2, 2), (3, 3)]
    assert found.warnings == ()
    sound = np.concatenate(list(audio.blocks(path, heard=found.voices)), axis=1)
    assert sound.shape == (3, 12 * SAMPLE_RATE)
    assert np.allclose(sound[0, : speech_a().size], speech_a(), atol=1e-3)
    assert np.allclose(sound[1], speech_b(), atol=1e-3)
    assert not sound[2].any()


@pytest.mark.parametrize("track", [0, 3, 4])
def test_track_that_cannot_be_heard_is_refused(track: int, jfk: Sound, tmp_path: Path) -> None:
    path = media.without_decoder(media.tracks([jfk] * 3, tmp_path / "speech.m4a"), track=2)
    with pytest.raises(AudioError) as refused:
        audio.survey(path, track=track)
    assert refused.value.code == AudioFault.NO_TRACK
    tracks = audio.survey(path).tracks
    assert [(track.decodable, track.channels) for track in tracks[:2]] == [(True, 1), (True, 1)]
    assert (tracks[2].decodable, tracks[2].codec) == (False, "APAC (Apple Positional Audio)")


def test_later_start_gives_the_same_samples_of_every_voice(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", call(-30))
    voices = audio.survey(path).voices
    whole = np.concatenate(list(audio.blocks(path, heard=voices)), axis=1)
    rest = np.concatenate(list(audio.blocks(path, 7.3, heard=voices)), axis=1)
    assert np.array_equal(rest, whole[:, round(7.3 * SAMPLE_RATE) :])
