"""A stretch in the middle of a file cannot be read: the sound around it stays at its times, and a warning says so."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from playhead.transcription import audio
from playhead.transcription.mixer import SAMPLE_RATE, Samples
from tests.support import media
from tests.support.bombs import syncsafe

BEGIN, END = 0.4, 0.6
"""The damaged share of a file; of 11 s, 4.4 to 6.6 s."""
BEFORE, BEHIND = (0.0, 4.0), (7.5, 10.5)
"""What is certainly whole, in seconds; a page of Ogg is a second long."""
STEP_S = 0.02
LATE_S = 0.2
"""How far times may be off behind damage, where only bytes tell how long it is."""
NAMES = [
    "speech.mp3",
    "speech.aac",
    "speech.m4a",
    "speech.mp4",
    "speech.ogg",
    "speech.opus",
    "speech.flac",
    "speech.ac3",
]
JUNK: dict[str, Callable[[int], bytes]] = {
    "zeros": bytes,
    "noise": lambda size: np.random.default_rng(4).bytes(size),
}


def damaged(source: Path, path: Path, junk: Callable[[int], bytes]) -> Path:
    data = bytearray(source.read_bytes())
    begin, end = round(len(data) * BEGIN), round(len(data) * END)
    data[begin:end] = junk(end - begin)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", NAMES)
def test_sound_before_and_behind_damage_is_at_its_time(
    name: str, junk: str, made: Callable[[str], Path], tmp_path: Path
) -> None:
    whole = media.samples_of(made(name))
    path = damaged(made(name), tmp_path / "damaged", JUNK[junk])
    heard = media.samples_of(path)
    found = audio.survey(path)
    assert found.duration_s == pytest.approx(whole.size / SAMPLE_RATE, abs=0.2)
    for part in (BEFORE, BEHIND):
        assert likeness(heard, whole, part) > 0.9
    (warning,) = found.warnings
    assert warning.code == "damaged"
    assert re.fullmatch(
        r"This file is damaged: 0:0[23] of its 0:1[01] cannot be read, at 0:0[34]\. All.*", warning.message
    )


def test_damage_up_to_the_end_leaves_the_length_as_it_is(made: Callable[[str], Path], tmp_path: Path) -> None:
    data = bytearray(made("speech.m4a").read_bytes())
    begin, end = round(len(data) * 0.6), data.index(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    path = tmp_path / "damaged.m4a"
    path.write_bytes(data)
    found = audio.survey(path)
    assert found.duration_s == pytest.approx(11.0, abs=0.1)
    (warning,) = found.warnings
    assert re.fullmatch(
        r"This file is damaged: 0:0[45] of its 0:1[01] cannot be read, at 0:0[67]\. All.*", warning.message
    )


def test_rest_that_a_format_cannot_find_again_is_told(made: Callable[[str], Path], tmp_path: Path) -> None:
    whole = media.encode(np.tile(media.samples_of(made("speech.wav")), 6), tmp_path / "speech.wv")
    found = audio.survey(damaged(whole, tmp_path / "damaged.wv", bytes))
    assert found.duration_s < 40
    (warning,) = found.warnings
    assert re.fullmatch(
        r"This file is damaged: 0:\d\d of its 1:0[56] cannot be read, at 0:\d\d\. All.*", warning.message
    )


def test_pause_of_a_recorder_is_no_damage(jfk: Samples, tmp_path: Path) -> None:
    found = audio.survey(media.late(tmp_path / "pause.mkv", jfk[:SAMPLE_RATE], [0.0, 30.0, 60.0]))
    assert found.duration_s == pytest.approx(61.0, abs=0.1)
    assert found.warnings == ()


def test_missing_bytes_of_a_recording_with_times_are_damage(jfk: Samples, tmp_path: Path) -> None:
    whole = media.late(tmp_path / "whole.mkv", jfk[: 2 * SAMPLE_RATE], [0.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    path = damaged(whole, tmp_path / "damaged.mkv", bytes)
    found = audio.survey(path)
    assert found.duration_s == pytest.approx(12.0, abs=0.1)
    assert [one.code for one in found.warnings] == ["damaged"]


@pytest.mark.parametrize("name", ["speech.mkv", "speech.avi"])
def test_missing_bytes_of_a_video_are_damage(name: str, jfk: Samples, tmp_path: Path) -> None:
    whole = media.tracks([np.tile(jfk, 3)], tmp_path / name)
    found = audio.survey(damaged(whole, tmp_path / "damaged", JUNK["noise"]))
    assert found.duration_s == pytest.approx(33.0, abs=0.5)
    assert [one.code for one in found.warnings] == ["damaged"]


@pytest.mark.parametrize("first", [b"", b"TAG" + bytes(125)])
def test_tag_between_joined_recordings_is_no_damage(first: bytes, made: Callable[[str], Path], tmp_path: Path) -> None:
    picture = b"\0image/jpeg\0\3\0" + np.random.default_rng(5).bytes(60_000)
    frame = b"APIC" + syncsafe(len(picture)) + b"\0\0" + picture
    tag = b"ID3\4\0\0" + syncsafe(len(frame)) + frame
    recording = made("speech.mp3").read_bytes()
    path = tmp_path / "joined.mp3"
    path.write_bytes(recording + first + tag + recording)
    found = audio.survey(path)
    assert found.warnings == ()
    assert found.duration_s == pytest.approx(22.0, abs=1.0)


def test_archive_behind_a_recording_is_no_hour_of_silence(made: Callable[[str], Path], tmp_path: Path) -> None:
    recording = media.bare(made("speech.mp3"))
    path = tmp_path / "long.mp3"
    with path.open("wb") as file:
        file.write(recording)
        file.seek(20 * 1024**2, 1)  # half an hour by its bytes
        file.write(recording)
    found = audio.survey(path)
    assert found.duration_s == pytest.approx(22.0, abs=1.0)


def likeness(heard: Samples, original: Samples, part: tuple[float, float]) -> float:
    """The correlation of the loudness of a part of two recordings, of which one may be a little late."""
    ours, theirs = loudness(heard), loudness(original)
    begin, end = (round(at_s / STEP_S) for at_s in part)
    late = round(LATE_S / STEP_S)
    return max(
        float(np.corrcoef(ours[begin + shift : end + shift], theirs[begin:end])[0, 1])
        for shift in range(-min(late, begin), late + 1)
    )


def loudness(sound: Samples) -> NDArray[np.floating]:
    step = round(STEP_S * SAMPLE_RATE)
    return np.abs(sound[: sound.size // step * step]).reshape(-1, step).mean(axis=1)
