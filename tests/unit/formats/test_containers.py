"""A file is what its content is, whatever its name; playlists, pictures and text are none."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.formats.containers import (
    CONTAINERS,
    EXTENSIONS,
    HEAD_BYTES,
    SOURCE_EXTENSIONS,
    container_of,
    stem_of,
)
from tests.support.speech import JFK, TWO_CITIES

REST = bytes(40)


def _ftyp(*brands: bytes) -> bytes:
    """The first box of a file: its major brand, a version, the compatible brands."""
    content = brands[0] + bytes(4) + b"".join(brands[1:])
    return (8 + len(content)).to_bytes(4) + b"ftyp" + content


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"ID3\x04\x00\x00\x00\x00\x01\x00", "MP3"),
        (b"\xff\xfb\x90\x64", "MP3"),  # MPEG 1, layer III
        (b"\xff\xfa\x90\x64", "MP3"),  # the same, with a checksum
        (b"\xff\xf3\x90\x64", "MP3"),  # MPEG 2
        (b"\xff\xe3\x90\x64", "MP3"),  # MPEG 2.5
        (b"\xff\xfd\x90\x64", "MP3"),  # layer II
        (b"\xff\xf1\x50\x80", "AAC"),  # ADTS, MPEG 4
        (b"\xff\xf9\x50\x80", "AAC"),  # ADTS, MPEG 2
        (b"\x00\x00\x00\x20ftypM4A \x00", "M4A"),
        (b"\x00\x00\x00\x20ftypisom\x00", "MP4"),
        (b"\x00\x00\x00\x14ftypqt  \x00", "MOV"),
        (b"\x00\x00\x00\x14ftyp3gp5\x00", "3GP"),
        (b"\x00\x00\x00\x08wide\x00", "MOV"),
        (b"\x00\x01\x00\x08moov\x00", "MOV"),
        (b"\xf2\x01\x00\x08mdat\x00", "MOV"),  # large, and the index behind it
        (b"\x00\x00\x00\x01mdat\x00", "MOV"),  # its size in 64 bits
        (b"textmoov", None),
        (b"OggS\x00\x02", "Ogg"),
        (b"fLaC\x00\x00", "FLAC"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "WAV"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "WAV"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "WebM"),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska", "Matroska"),
        (b"FORM\x00\x00\x00\x00AIFF", "AIFF"),
        (b"FORM\x00\x00\x00\x00AIFC", "AIFF"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "WMA"),
        (b"caff\x00\x01\x00\x00", "CAF"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", None),
        (b"ffconcat version 1.0\nfile '/etc/passwd'", None),
        (b"[playlist]\nFile1=http://169.254.169.254/", None),
        (b"<?xml version='1.0'?><MPD>", None),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "AVI"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", None),
        (_ftyp(b"XAVC", b"XAVC", b"mp42", b"iso2"), "MP4"),
        (_ftyp(b"mmp4", b"M4A ", b"isom"), "MP4"),
        (_ftyp(b"f4v ", b"isom"), "MP4"),
        (_ftyp(b"cmfc", b"iso6"), "MP4"),
        (_ftyp(b"NDXC"), "MP4"),  # a camera's own, and no other
        (_ftyp(b"heic", b"mif1", b"isom"), None),
        (_ftyp(b"avis", b"msf1", b"iso8"), None),
        (_ftyp(b"new!", b"mif1", b"heic"), None),
        (b"\x00\x00\x00\x20ftypheic\x00", None),
        (b"\x00\x00\x00\x20ftypavif\x00", None),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff\xe0", None),  # JPEG
        (b"\xff\xfe<\x00h\x00", None),  # UTF-16 text
        (b"\xff\xfb\xf0\x64", None),  # no such bit rate
        (b"\xff\xeb\x90\x64", None),  # no such version
        (b"\xff\xf1\x7c\x80", None),  # no such sampling rate
        (b"\xff", None),
        (b"", None),
    ],
)
def test_first_bytes_tell_what_a_file_is(head: bytes, expected: str | None) -> None:
    container = container_of(head if len(head) < 4 else head + REST)
    assert (container and container.name) == expected


def test_tag_before_the_sound_hides_nothing() -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x05title"
    assert _name(tag + b"fLaC" + REST) == "FLAC"
    assert _name(tag + b"#EXTM3U\n" + REST) is None
    assert _name(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7fpicture") == "MP3"


@given(st.binary(min_size=4, max_size=2000))
def test_any_bytes_are_looked_at_without_an_error(head: bytes) -> None:
    for begin in (b"", b"ID3\x04\x00", b"\xff\xfb", b"\xff\xf1", b"\x00\x00\x00\x20ftyp", b"G"):
        container_of(begin + head)


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_recording(seed: int) -> None:
    assert _name(b"\x01" + Random(seed).randbytes(HEAD_BYTES)) is None


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("talk.mp3", "talk"),
        ("Talk.M2TS", "Talk"),
        ("talk", "talk"),
        ("Meeting 2026.11.28", "Meeting 2026.11.28"),
        ("Meeting 2026.11.28.m4a", "Meeting 2026.11.28"),
        (".mp3", ".mp3"),
    ],
)
def test_only_the_extension_of_a_recording_is_taken_off(filename: str, stem: str) -> None:
    assert stem_of(filename) == stem


def test_no_two_containers_share_a_name_or_an_extension() -> None:
    assert len({container.name for container in CONTAINERS}) == len(CONTAINERS)
    assert len(EXTENSIONS) == sum(len(container.extensions) for container in CONTAINERS)
    assert SOURCE_EXTENSIONS < EXTENSIONS


def _name(head: bytes) -> str | None:
    container = container_of(head)
    return container.name if container else None


@pytest.mark.parametrize(("speech", "expected"), [(JFK, "FLAC"), (TWO_CITIES, "Ogg")])
def test_real_recordings_are_known(speech: Path, expected: str) -> None:
    with speech.open("rb") as recording:
        assert _name(recording.read(HEAD_BYTES)) == expected
