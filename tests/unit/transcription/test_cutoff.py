"""The end of a file is missing, as its header shows: a warning says how much, and there is none where nobody knows."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import audio
from playhead.transcription.mixer import SAMPLE_RATE, Samples
from tests.support import headers, media

AIFF = media.Format("aiff", "pcm_s16be", 16_000)
CUT = ["speech.flac", "speech.wav", "speech-g722.wav", "speech.w64", "speech.au", "speech.mp3", "speech.mkv"]
CUT += ["speech.webm", "speech.tta"]
STREAMS = {
    "wav of FFmpeg": headers.wav(44_100, 2, headers.MOST),
    "wav of arecord": headers.wav(44_100, 2, 0x8000_0000),
    "wav of SoX": headers.wav(44_100, 2, 0x7FFF_F000),
    "wav of a recorder that died": headers.wav(44_100, 2, 0),
    "au of FFmpeg": headers.au(44_100, 2, headers.MOST),
    "au of SoX": headers.au(44_100, 2, 0x7F00_0000),
    "aiff of SoX": headers.aiff(44_100, 2, 0x7F00_0000),
}
"""Of writers that did not know the size, which would be hours."""


def assert_half_is_told(whole: Path, path: Path) -> None:
    found = audio.survey(media.truncated(whole, path))
    assert 4.5 < found.duration_s < 6, "it is as long as what is there"
    (warning,) = found.warnings
    assert warning.code == "damaged"
    assert re.fullmatch(
        r"This file ends too early: the last 0:0[56] of its 0:11 cannot be read\. Copy or export it again\.",
        warning.message,
    )


@pytest.mark.parametrize("name", CUT)
def test_missing_half_is_told_with_its_length(name: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    assert_half_is_told(made(name), tmp_path / name)


def test_missing_half_of_aiff_is_told_with_its_length(jfk: Samples, tmp_path: Path) -> None:
    whole = media.encode(jfk, tmp_path / "whole.aiff", AIFF)
    assert audio.survey(whole).warnings == ()
    assert_half_is_told(whole, tmp_path / "half.aiff")


def test_missing_half_of_rf64_is_told_with_its_length(made: Callable[[str], Path], tmp_path: Path) -> None:
    pcm = (media.samples_of(made("speech.wav")) * 32767).astype("<i2").tobytes()
    form = headers.wav()[12:36]
    sizes = b"".join(size.to_bytes(8, "little") for size in (len(pcm) + 72, len(pcm), len(pcm) // 2)) + bytes(4)
    head = b"RF64\xff\xff\xff\xffWAVEds64" + len(sizes).to_bytes(4, "little") + sizes + form
    whole = tmp_path / "whole.wav"
    whole.write_bytes(head + b"data\xff\xff\xff\xff" + pcm)
    assert audio.survey(whole).warnings == ()
    assert_half_is_told(whole, tmp_path / "half.wav")


@pytest.mark.parametrize("name", media.FORMATS)
def test_whole_file_of_any_format_has_no_warning(name: str, made: Callable[[str], Path]) -> None:
    assert audio.survey(made(name)).warnings == ()


@pytest.mark.parametrize("name", STREAMS)
def test_stream_that_states_no_true_size_is_whole(name: str, tmp_path: Path) -> None:
    path = tmp_path / "stream"
    path.write_bytes(STREAMS[name])
    assert [one for one in audio.survey(path).warnings if one.code == "damaged"] == []


def test_flac_without_a_count_of_samples_is_whole(made: Callable[[str], Path], tmp_path: Path) -> None:
    data = bytearray(made("speech.flac").read_bytes())
    data[21] &= 0xF0  # the count has 36 bits, in the middle of a byte
    data[22:26] = bytes(4)
    path = tmp_path / "stream.flac"
    path.write_bytes(data[: len(data) // 2])
    assert all("too early" not in one.message for one in audio.survey(path).warnings)


def test_mp3_without_a_tag_is_whole(made: Callable[[str], Path], tmp_path: Path) -> None:
    frames = made("speech.mp3").read_bytes()
    path = tmp_path / "bare.mp3"
    path.write_bytes(frames[len(frames) // 2 :])
    assert audio.survey(path).warnings == ()


def test_cut_of_a_live_stream_is_whole(tmp_path: Path) -> None:
    whole = media.packets(tmp_path / "live.mkv", [n / 10 for n in range(50)], 0.1, live=True)
    assert all(one.code != "damaged" for one in audio.survey(media.truncated(whole, tmp_path / "cut.mkv")).warnings)


def test_cut_video_misses_only_what_follows_its_picture(jfk: Samples, tmp_path: Path) -> None:
    whole = media.tracks([jfk[: 3 * SAMPLE_RATE]], tmp_path / "speech.mkv", film_s=60.0)
    assert audio.survey(whole).warnings == ()
    (warning,) = audio.survey(media.truncated(whole, tmp_path / "cut.mkv", 0.95)).warnings
    found = re.search(r"the last 0:(\d\d) of its 1:00", warning.message)
    assert found
    assert int(found[1]) < 55


def test_chunk_behind_the_sound_that_is_cut_is_no_loss(jfk: Samples, tmp_path: Path) -> None:
    path = media.wav(tmp_path / "tagged.wav", (jfk[:, None] * 32767).astype("<i2"))
    data = path.read_bytes() + b"LIST" + (500_000).to_bytes(4, "little") + bytes(1000)
    path.write_bytes(data[:4] + np.uint32(len(data) + 499_000 - 8).tobytes() + data[8:])
    assert audio.survey(path).warnings == ()
