"""The length of a recording is that which a player shows, and what is heard of it may end before."""

from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import audio
from playhead.transcription.mixer import SAMPLE_RATE, Samples
from tests.support import bombs, media

FILMS = ["speech.mp4", "speech.mkv", "speech.avi"]


@pytest.mark.parametrize("name", FILMS)
def test_video_is_as_long_as_its_picture(name: str, jfk: Samples, tmp_path: Path) -> None:
    path = media.tracks([jfk[: 3 * SAMPLE_RATE]], tmp_path / name, film_s=10.0)
    found = audio.survey(path)
    assert found.duration_s == pytest.approx(10.0, abs=0.6)  # a picture is shown for half a second
    assert found.heard_s == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize("name", FILMS)
def test_sound_that_is_longer_than_the_picture_counts(name: str, jfk: Samples, tmp_path: Path) -> None:
    path = media.tracks([jfk[: 6 * SAMPLE_RATE]], tmp_path / name, film_s=2.0)
    found = audio.survey(path)
    assert found.duration_s == found.heard_s == pytest.approx(6.0, abs=0.2)


def test_last_picture_of_a_slow_film_does_not_count(jfk: Samples, tmp_path: Path) -> None:
    path = media.tracks([jfk[: 3 * SAMPLE_RATE]], tmp_path / "speech.mkv", film_s=3.5)
    found = audio.survey(path)
    assert found.duration_s == found.heard_s == pytest.approx(3.0, abs=0.1)


def test_length_is_of_the_longest_track_and_heard_of_the_chosen(jfk: Samples, tmp_path: Path) -> None:
    path = media.tracks([jfk[: 5 * SAMPLE_RATE], jfk[: 6 * SAMPLE_RATE]], tmp_path / "speech.mkv")
    found = {choice: audio.survey(path, track=choice) for choice in (1, 2, "all")}
    assert [survey.duration_s for survey in found.values()] == [pytest.approx(6.0, abs=0.1)] * 3
    assert [survey.heard_s for survey in found.values()] == [pytest.approx(one, abs=0.1) for one in (5.0, 6.0, 6.0)]


def test_heard_is_exactly_what_is_decoded(jfk: Samples, tmp_path: Path) -> None:
    path = media.tracks([jfk[: 2 * SAMPLE_RATE]], tmp_path / "speech.mp4", film_s=5.0)
    found = audio.survey(path)
    heard = sum(block.shape[1] for block in audio.blocks(path, heard=found.voices))
    assert found.heard_s == round(heard / SAMPLE_RATE, 3)


def test_picture_that_is_longer_than_is_allowed_does_not_count(jfk: Samples, tmp_path: Path) -> None:
    path = media.tracks([jfk[: 2 * SAMPLE_RATE]], tmp_path / "speech.mp4", film_s=20.0)
    assert audio.survey(path, max_s=10.0).duration_s == pytest.approx(2.0, abs=0.1)


def test_cover_of_an_album_is_no_film(jfk: Samples, tmp_path: Path) -> None:
    sound = media.encode(jfk[: 2 * SAMPLE_RATE], tmp_path / "speech.mp3").read_bytes()
    picture = b"\0image/jpeg\0\3\0" + np.random.default_rng(6).bytes(5_000)
    frame = b"APIC" + bombs.syncsafe(len(picture)) + b"\0\0" + picture
    path = tmp_path / "cover.mp3"
    path.write_bytes(b"ID3\4\0\0" + bombs.syncsafe(len(frame)) + frame + sound)
    assert audio.survey(path).duration_s == pytest.approx(2.0, abs=0.1)
