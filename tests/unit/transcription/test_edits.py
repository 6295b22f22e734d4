"""Edit lists: the duration is that of a player, and what was cut away is not decoded."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.transcription import audio, edits
from playhead.transcription.edits import Edit
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.mixer import SAMPLE_RATE, Samples
from tests.support import bombs, media

RATE = bombs.RATE
TRACK = 1
LENGTH_S = 100 * bombs.ULAW / RATE


def in_blocks(track: Samples, sizes: list[int]) -> Iterator[Samples]:
    for size in sizes:
        yield track[:, :size]
        track = track[:, size:]
    yield track


@given(
    places=st.lists(st.integers(0, 120), min_size=2, max_size=8).map(sorted),
    silences=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    sizes=st.lists(st.integers(0, 40), max_size=6),
)
def test_parts_are_played_in_order_for_any_block_sizes(
    places: list[int], silences: list[int], sizes: list[int]
) -> None:
    track = np.arange(1, 101, dtype=np.float32)[None]
    pairs = list(zip(places[::2], places[1::2], strict=False))
    edit_list, expected = [], [np.zeros((1, 0), np.float32)]
    for (begin, end), silence in zip(pairs, silences, strict=False):
        edit_list += [Edit(None, silence / SAMPLE_RATE), Edit(begin / SAMPLE_RATE, (end - begin) / SAMPLE_RATE)]
        expected += [np.zeros((1, silence), np.float32), track[:, begin:end]]
    played = np.concatenate([*expected[:1], *edits.play(in_blocks(track, sizes), edit_list)], axis=1)[0]
    whole = np.concatenate(expected, axis=1)[0]
    assert np.array_equal(played, whole[: played.size])
    assert not whole[played.size :].any()  # silence after the end of the track


def test_nothing_is_decoded_after_the_last_part() -> None:
    track = iter([np.ones((1, 10), np.float32)] * 3)
    assert sum(block.size for block in edits.play(track, [Edit(0.0, 10 / SAMPLE_RATE)])) == 10
    assert len(list(track)) == 2


def read(path: Path, *parts: tuple[int, int], version: int = 0, after: bytes = b"") -> tuple[Edit, ...]:
    return edits.read(bombs.edited(path, bombs.elst(parts, version), after=after), TRACK)


@pytest.mark.parametrize("version", [0, 1])
def test_list_is_read_in_both_its_versions(version: int, tmp_path: Path) -> None:
    edit_list = read(tmp_path / "a.m4a", (RATE, -1), (2 * RATE, RATE // 2), (0, 5), version=version)
    assert edit_list == (Edit(None, 1.0), Edit(0.5, 2.0))


def test_repeated_part_is_played_once(tmp_path: Path) -> None:
    assert read(tmp_path / "a.m4a", (RATE, 2 * RATE), (2 * RATE, RATE), (RATE, 2 * RATE)) == (Edit(1.0, 2.0),)


def test_last_part_of_a_fragmented_file_is_open_ended(tmp_path: Path) -> None:
    assert read(tmp_path / "a.m4a", (0, RATE), after=bombs.box(b"mvex")) == (Edit(1.0, math.inf),)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="no list"),
        pytest.param([(RATE, -1)], id="silence alone"),
        pytest.param([(1, n) for n in range(edits.MAX_EDITS + 1)], id="more than anybody makes"),
    ],
)
def test_list_without_a_usable_edit_is_ignored(parts: list[tuple[int, int]], tmp_path: Path) -> None:
    assert read(tmp_path / "a.m4a", *parts) == ()


@given(position=st.integers(0, 700), bits=st.integers(1, 255))
def test_broken_boxes_give_no_edits(position: int, bits: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = bombs.edited(tmp_path_factory.getbasetemp() / "broken.m4a", bombs.elst([(RATE, 0)]), packets=1)
    data = bytearray(path.read_bytes())
    data[(position + 1024) % len(data)] ^= bits
    path.write_bytes(data)
    edits.read(path, TRACK)


def test_file_without_boxes_gives_no_edits(tmp_path: Path) -> None:
    path = tmp_path / "none.m4a"
    path.write_bytes(b"\0\0\0\1moov")
    assert edits.read(path, TRACK) == ()


@pytest.mark.parametrize(
    ("parts", "length_s"),
    [
        pytest.param([], LENGTH_S, id="as it lies"),
        pytest.param([(RATE, RATE // 2)], 1.0, id="cut at both ends"),
        pytest.param([(RATE // 2, 0), (RATE // 2, RATE)], 1.0, id="cut in the middle"),
        pytest.param([(RATE // 4, -1), (RATE, 0)], 1.25, id="begins late"),
        pytest.param([(10 * RATE, RATE)], LENGTH_S - 1, id="longer than the track"),
    ],
)
def test_duration_is_that_of_a_player(parts: list[tuple[int, int]], length_s: float, tmp_path: Path) -> None:
    path = bombs.edited(tmp_path / "a.m4a", bombs.elst(parts))
    assert audio.survey(path).duration_s == pytest.approx(length_s, abs=0.001)
    assert media.samples_of(path).size / SAMPLE_RATE == pytest.approx(length_s, abs=0.001)


def test_recording_with_everything_cut_is_empty(tmp_path: Path) -> None:
    path = bombs.edited(tmp_path / "a.m4a", bombs.elst([(RATE, 100 * RATE)]))
    for attempt in (lambda: audio.survey(path).duration_s, lambda: media.samples_of(path)):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == AudioFault.EMPTY


def test_silent_edit_counts_towards_the_duration(tmp_path: Path) -> None:
    path = bombs.edited(tmp_path / "a.m4a", bombs.elst([(40_000 * RATE, -1), (RATE, 0)]))
    for attempt in (lambda: audio.survey(path, max_s=60).duration_s, lambda: list(audio.blocks(path, max_s=60))):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == AudioFault.TOO_LONG
