"""Every format of the tables is heard: the same sound, of the same length, also where its file is cut."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from playhead.formats import codecs, containers
from playhead.transcription import audio
from playhead.transcription.mixer import SAMPLE_RATE, Samples
from tests.support import media

DATA = Path(__file__).parents[2] / "data" / "formats"
KEPT = {"memo.amr": 2.0, "message.gsm": 2.0, "disc.dts": 2.0, "disc.thd": 0.8, "disc.mlp": 0.8}
"""Files of codecs that PyAV has no encoder for, and their seconds."""
STEP = SAMPLE_RATE // 20


@pytest.mark.parametrize("name", media.FORMATS)
def test_sound_rises_and_falls_as_in_the_original(name: str, made: Callable[[str], Path], jfk: Samples) -> None:
    assert _likeness(media.samples_of(made(name)), jfk) > 0.9


@pytest.mark.parametrize("name", KEPT)
def test_kept_file_has_the_sound_of_the_original(name: str, jfk: Samples) -> None:
    samples = media.samples_of(DATA / name)
    assert audio.survey(DATA / name).duration_s == pytest.approx(KEPT[name], abs=0.1)
    assert samples.size / SAMPLE_RATE == pytest.approx(KEPT[name], abs=0.1)
    assert _likeness(samples, jfk) > 0.9


@pytest.mark.parametrize("name", [*media.FORMATS, *KEPT])
def test_upload_of_any_format_is_recognised(name: str, made: Callable[[str], Path]) -> None:
    path = DATA / name if name in KEPT else made(name)
    container = containers.container_of(path.read_bytes()[: containers.HEAD_BYTES])
    assert container is not None
    assert path.suffix[1:] in container.extensions


@pytest.mark.parametrize("begin", ["cut in a frame", "zeros", "noise", "text"])
@pytest.mark.parametrize("name", ["speech.mp3", "speech.aac"])
def test_frames_are_found_after_junk(name: str, begin: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    whole = media.bare(made(name))
    junk = {"zeros": bytes(4_000), "noise": np.random.default_rng(3).bytes(4_000), "text": b"HTTP/1.0 200 OK\r\n" * 99}
    path = tmp_path / "junk"
    path.write_bytes(junk[begin] + whole if begin in junk else whole[111:])
    container = containers.container_of(path.read_bytes()[: containers.HEAD_BYTES])
    assert container is not None
    assert container.extensions[0] == made(name).suffix[1:]
    assert audio.survey(path).duration_s == pytest.approx(11.0, abs=0.5)


def test_every_decoder_of_the_table_is_in_this_build() -> None:
    assert av.codec.codecs_available >= codecs.DECODERS


def test_every_demuxer_of_the_table_is_in_this_build() -> None:
    built = {part for name in av.format.formats_available for part in name.split(",")}
    assert set(containers.WHITELIST.split(",")) <= built


def _likeness(samples: Samples, original: Samples) -> float:
    """The correlation of the loudness of both, in steps of 50 ms; some encoders add up to 50 ms before the sound."""
    return max(_correlation(_envelope(samples[late:]), _envelope(original)) for late in (0, STEP // 2, STEP))


def _correlation(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    steps = min(ours.size, theirs.size)
    return float(np.corrcoef(ours[:steps], theirs[:steps])[0, 1])


def _envelope(samples: Samples) -> NDArray[np.float64]:
    steps = samples.size // STEP
    return np.sqrt(np.mean(np.square(samples[: steps * STEP].astype(np.float64)).reshape(steps, STEP), axis=1))
