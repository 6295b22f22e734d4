"""Headers that lie, and flipped bytes: each file is heard or refused with a code, within a decoder's limits."""

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playhead.formats import containers
from playhead.transcription.faults import AudioFault
from playhead.transcription.mixer import SAMPLE_RATE
from tests.support import confined, headers, media
from tests.support.headers import MOST, aiff, au, avi, caf, flv, matroska, mp4, w64, wav, wavpack

RATES = (1, 3_999, 400_000, 4_000_000_000)
CHANNELS = (0, 33, 65_535)
BILLION_S = 1e9
MIN_HEARD_S, MAX_HEARD_S = 0.02, 3.0
"""About the sound that is in each of these files."""

LENGTHS = {
    "wav 4 GB": wav(size=MOST),
    "au 4 GB": au(size=MOST),
    "aiff 4 GB": aiff(size=MOST - 8),
    "caf 4 EB": caf(size=2**62),
    "w64 4 EB": w64(size=2**62),
    "avi index of 60,000 entries": avi(index=60_000),
    "avi without a scale": avi(scale=0),
    "flv of 10^9 s": flv(duration_s=BILLION_S),
    "flv of no length": flv(duration_s=float("nan")),
    "flv with 2^32 seek points": flv(keyframes=MOST),
    "flv with 10 hours from tag to tag": flv(step_ms=36_000_000),
    "flv tags of 16 MB": flv(size=2**24 - 1),
    "matroska of 10^9 s": matroska(duration_ms=BILLION_S * 1000),
    "matroska of no length": matroska(duration_ms=float("nan")),
    "matroska from 2^40 ms on": matroska(duration_ms=BILLION_S * 1000, at=2**40),
    "matroska from 2^63 ms on": matroska(at=2**63 - 1),
    "mp4 of 10^9 s": mp4(scale=1, duration=MOST // 8),
    "mp4 without a scale": mp4(scale=0),
}
"""Heard, as long as their sound is."""
REFUSED = {
    "matroska blocks of 2^56 bytes": (matroska(size=2**56 - 2), AudioFault.EMPTY),
    "caf packets of 2 GB": (caf(bytes_in_packet=2**31 - 1), AudioFault.EMPTY),
    "avi chunks of 4 GB": (avi(size=MOST), AudioFault.EMPTY),
    "avi with 3,000 tracks": (avi(tracks=3_000), AudioFault.UNREADABLE),
    "mp4 with 10^8 samples": (mp4(samples=100_000_000), AudioFault.EMPTY),
    "wavpack block of 4 GB": (wavpack(size=MOST - 24), AudioFault.UNREADABLE),
    "wavpack block of 1 MB": (wavpack(size=2**20), AudioFault.UNREADABLE),
    "wavpack block of 2^32 samples": (wavpack(samples=MOST), AudioFault.DAMAGED),
} | {
    f"matroska {codec} of 65,535 channels": (matroska(channels=65_535, codec=codec.encode()), AudioFault.UNREADABLE)
    for codec in ("A_VORBIS", "A_OPUS", "A_AAC", "A_FLAC", "A_ALAC", "A_TTA1", "A_DTS", "A_WAVPACK4", "A_MPEG/L3")
}

MORE = {
    "speech.mov": media.Format("mov", "aac"),
    "speech.3gp": media.Format("3gp", "aac"),
    "speech.aiff": media.Format("aiff", "pcm_s16be", 16_000),
    "speech.caf": media.Format("caf", "alac"),
    "speech.wma": media.Format("asf", "wmav2", 44_100, bit_rate=64_000),
    "speech-ms.wav": media.Format("wav", "adpcm_ms", 16_000),
}
"""Containers that `media.FORMATS` has not."""
KEPT = Path(__file__).parents[2] / "data" / "formats"
FLIPS = 3
"""Damaged copies of each file; 10,000 of other seeds were tried once."""


def test_rate_or_channels_of_no_recording_are_refused(tmp_path: Path) -> None:
    for name, make in headers.BY_RATE.items():
        tmp_path.joinpath(name).write_bytes(make())
        for rate in RATES:
            if (name, rate) != ("matroska", RATES[-1]):  # FFmpeg takes 8 kHz for it
                tmp_path.joinpath(f"{name} {rate} Hz").write_bytes(make(rate=rate))
        for channels in CHANNELS:
            tmp_path.joinpath(f"{name} {channels} channels").write_bytes(make(channels=channels))
    found = confined.outcomes(tmp_path)
    heard = {name: outcome for name, outcome in found.items() if outcome != AudioFault.UNREADABLE}
    assert set(heard) == set(headers.BY_RATE), "each is heard with a true header"


def test_length_in_a_header_takes_neither_time_nor_memory(tmp_path: Path) -> None:
    for name, data in LENGTHS.items() | {(name, data) for name, (data, _) in REFUSED.items()}:
        tmp_path.joinpath(name.replace("/", "-")).write_bytes(data)
    found = confined.outcomes(tmp_path)
    refused = {name.replace("/", "-"): code for name, (_, code) in REFUSED.items()}
    assert {name: found[name] for name in refused} == refused
    lengths = {name: outcome for name, outcome in found.items() if name not in refused}
    assert all(isinstance(outcome, float) and MIN_HEARD_S < outcome < MAX_HEARD_S for outcome in lengths.values()), (
        lengths
    )


def test_flipped_bytes_end_in_sound_or_a_code(jfk: NDArray[np.float32], tmp_path: Path) -> None:
    whole, damaged = tmp_path / "whole", tmp_path / "damaged"
    whole.mkdir()
    damaged.mkdir()
    for name, form in (media.FORMATS | MORE).items():
        media.encode(jfk[: SAMPLE_RATE // 2], whole / name, form)
    files = [*whole.iterdir(), *(path for path in KEPT.iterdir() if path.suffix != ".md")]
    tried = set()
    for path in files:
        data = path.read_bytes()[:50_000]
        found = containers.container_of(data)
        assert found is not None
        tried.add(found.name)
        for seed in range(FLIPS):
            damaged.joinpath(f"{path.name} {seed}").write_bytes(_flipped(data, random.Random(f"{path.name} {seed}")))
    assert tried == {container.name for container in containers.CONTAINERS}
    outcomes = confined.outcomes(damaged)
    assert len(outcomes) == len(files) * FLIPS
    codes = set(AudioFault)
    strange = {name: it for name, it in outcomes.items() if not (isinstance(it, float) or it in codes)}
    assert strange == {}


def _flipped(data: bytes, chance: random.Random) -> bytes:
    """Changes a few bytes of the header, or some anywhere, and cuts the end off at times."""
    changed = bytearray(data)
    reach = chance.choice((64, 600, len(data)))
    for _ in range(chance.choice((1, 4, 30))):
        changed[chance.randrange(min(reach, len(data)))] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(changed[: chance.choice((len(data), chance.randrange(64, len(data))))])
