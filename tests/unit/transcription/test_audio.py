"""Decoding of valid files: formats, timestamps, starts and memory."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from playhead.transcription import audio
from playhead.transcription.mixer import BLOCK, SAMPLE_RATE
from tests.support import media
from tests.support.speech import JFK, TWO_CITIES

JFK_S = 11.0
Sound: TypeAlias = NDArray[np.float32]


@pytest.mark.parametrize("name", media.FORMATS)
def test_every_format_decodes_to_the_same_sound(name: str, made: Callable[[str], Path], jfk: Sound) -> None:
    path = made(name)
    samples = media.samples_of(path)
    assert audio.survey(path).duration_s == pytest.approx(JFK_S, abs=0.2)
    assert samples.size / SAMPLE_RATE == pytest.approx(JFK_S, abs=0.2)
    assert samples.dtype == np.float32
    assert _loudness(samples) == pytest.approx(_loudness(jfk), abs=0.05)


def test_file_name_does_not_decide_the_format(made: Callable[[str], Path], tmp_path: Path) -> None:
    misnamed = tmp_path / "speech.wav"
    misnamed.write_bytes(made("speech.mp3").read_bytes())
    assert audio.survey(misnamed).duration_s == audio.survey(made("speech.mp3")).duration_s


@settings(max_examples=25, deadline=None)
@given(begin=st.integers(0, round(JFK_S * SAMPLE_RATE)))
def test_later_start_gives_the_same_samples(begin: int, jfk: Sound) -> None:
    rest = [np.zeros((1, 0), np.float32), *audio.blocks(JFK, begin / SAMPLE_RATE)]
    assert np.array_equal(np.concatenate(rest, axis=1)[0], jfk[begin:])


def test_start_after_the_end_gives_no_blocks() -> None:
    assert list(audio.blocks(JFK, 1000.0)) == []


def test_blocks_are_small() -> None:
    assert max(block.shape[1] for block in audio.blocks(TWO_CITIES)) <= BLOCK


@pytest.mark.parametrize(
    ("at_s", "length_s"),
    [
        pytest.param([0.0, 0.02, 0.04], 0.06, id="no gap"),
        pytest.param([0.0, 0.02, 5.0, 5.02], 5.04, id="a gap is silence"),
        pytest.param([0.0, 0.05, 0.11], 0.06, id="jitter is no gap"),
        pytest.param([0.0, 0.02, 911.0, 911.02], 911.04, id="a long gap within the stated duration"),
        pytest.param([700.0, 700.02], 700.04, id="begins late"),
    ],
)
def test_time_is_as_a_player_shows_it(at_s: list[float], length_s: float, tmp_path: Path) -> None:
    path = media.packets(tmp_path / "clock.mkv", at_s)
    assert audio.survey(path).duration_s == pytest.approx(length_s, abs=0.06)
    assert media.samples_of(path).size / SAMPLE_RATE == pytest.approx(length_s, abs=0.002)


@pytest.mark.parametrize(
    ("at_s", "length_s"),
    [
        pytest.param([0.0, 0.02, 5.0, 5.02], 5.04, id="a gap is silence"),
        pytest.param([0.0, 0.02, 1000.0, 1000.02], 0.08, id="a jump too far is a broken clock"),
        pytest.param([100.0, 100.02], 0.04, id="zero is where the file begins"),
    ],
)
def test_time_without_a_stated_duration(at_s: list[float], length_s: float, tmp_path: Path) -> None:
    path = media.packets(tmp_path / "live.mkv", at_s, live=True)
    assert audio.survey(path).duration_s == pytest.approx(length_s, abs=0.06)
    assert media.samples_of(path).size / SAMPLE_RATE == pytest.approx(length_s, abs=0.002)


def test_jump_beyond_the_stated_duration_is_a_broken_clock(tmp_path: Path) -> None:
    path = media.packets(tmp_path / "contradicts.mkv", [0.0, 0.02, 1000.0, 1000.02])
    data = path.read_bytes()
    assert data.count(b"\x44\x89\x88") == 1
    begin = data.index(b"\x44\x89\x88") + 3
    assert struct.unpack(">d", data[begin : begin + 8])[0] == pytest.approx(1000.04 * 1000, abs=30)
    path.write_bytes(data[:begin] + struct.pack(">d", 40.0) + data[begin + 8 :])
    assert media.samples_of(path).size / SAMPLE_RATE == pytest.approx(0.08, abs=0.002)


@pytest.mark.parametrize("undecodable", [[0], [1], [0, 1]])
def test_best_track_that_has_a_decoder_is_taken(undecodable: list[int], jfk: Sound, tmp_path: Path) -> None:
    path = media.tracks([jfk] * 3, tmp_path / "speech.m4a")
    for track in undecodable:
        media.without_decoder(path, track)
    assert _loudness(media.samples_of(path)) == pytest.approx(_loudness(jfk), abs=0.01)


def test_gap_becomes_silence_of_the_same_length(tmp_path: Path) -> None:
    samples = media.samples_of(media.packets(tmp_path / "gap.mkv", [0.0, 3.0]))
    loud = np.flatnonzero(np.abs(samples) > 0.01) / SAMPLE_RATE
    assert not ((loud > 0.02) & (loud < 3.0)).any()
    assert max(loud) == pytest.approx(3.02, abs=0.002)


@pytest.mark.parametrize("name", ["speech.opus", "speech.mp3"])
def test_both_recordings_of_a_chained_file_are_decoded(name: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    """The timestamps of the second begin at 0 again, as those of a radio stream do at every song."""
    chained = tmp_path / name
    chained.write_bytes(made(name).read_bytes() * 2)
    assert audio.survey(chained).duration_s == pytest.approx(2 * JFK_S, abs=0.3)
    assert media.samples_of(chained).size / SAMPLE_RATE == pytest.approx(2 * JFK_S, abs=0.3)


@pytest.mark.parametrize("channels", [1, 2, 6, 11, 32])
@pytest.mark.parametrize("dtype", ["u1", "<i2", "<i4", "<f4"])
def test_any_number_of_channels_is_mixed_to_mono(channels: int, dtype: str, tmp_path: Path) -> None:
    wave = np.sin(np.arange(SAMPLE_RATE) / 20) / 2
    whole = {"u1": 128 + 127 * wave, "<i2": 32767 * wave, "<i4": 2147483647 * wave}.get(dtype, wave)
    path = media.wav(tmp_path / "many.wav", np.repeat(whole[:, None], channels, axis=1).astype(dtype))
    samples = media.samples_of(path)
    assert samples.size == SAMPLE_RATE
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.02)


def test_nan_and_infinity_become_finite_samples(tmp_path: Path) -> None:
    wild = np.array([0.5, np.nan, np.inf, -np.inf, 1e30, -0.5] * 4000, np.float32)
    samples = media.samples_of(media.wav(tmp_path / "wild.wav", wild[:, None]))
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0


def test_tags_that_are_not_utf8_are_ignored(tmp_path: Path) -> None:
    title = b"INFOINAM\x06\x00\x00\x00caf\xe9s\x00"
    path = media.wav(tmp_path / "latin.wav", np.zeros((1600, 1), "<i2"), tags=title)
    assert audio.survey(path).duration_s == 0.1


def test_closing_the_blocks_closes_the_file(made: Callable[[str], Path]) -> None:
    path = made("speech.mp3")
    stream = audio.blocks(path)
    next(stream)
    assert path in media.open_files()
    stream.close()
    assert path not in media.open_files()


def test_hour_needs_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    """Probes an hour and decodes its first ten minutes, in another process."""
    script = (
        "import resource, sys, pathlib; from playhead.transcription import audio\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "short, long = map(pathlib.Path, sys.argv[1:])\n"
        "audio.survey(short).duration_s; sum(block.size for block in audio.blocks(short)); before = peak()\n"
        "assert abs(audio.survey(long).duration_s - 3600) < 0.1\n"
        "stream = audio.blocks(long); assert sum(next(stream).size for _ in range(600)) == 600 * 16000\n"
        "print(peak() - before)"
    )
    files = [media.long_silence(tmp_path / f"{hours}.opus", hours) for hours in (0.02, 1)]
    run = subprocess.run([sys.executable, "-c", script, *files], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 20 * 1024  # KiB; ten minutes of samples would be 38 thousand


def _loudness(samples: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))
