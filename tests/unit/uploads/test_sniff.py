from pathlib import Path

import pytest

from playhead.uploads.sniff import HEAD_BYTES, kind
from tests.support.speech import JFK, TWO_CITIES

REST = bytes(40)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"ID3\x04\x00", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),  # MPEG 1, layer III
        (b"\xff\xfa\x90\x64", "mp3"),  # the same, with a checksum
        (b"\xff\xf3\x90\x64", "mp3"),  # MPEG 2
        (b"\xff\xe3\x90\x64", "mp3"),  # MPEG 2.5
        (b"\xff\xfd\x90\x64", "mp3"),  # layer II
        (b"\xff\xf1\x50\x80", "aac"),  # ADTS, MPEG 4
        (b"\xff\xf9\x50\x80", "aac"),  # ADTS, MPEG 2
        (b"\x00\x00\x00\x20ftypM4A \x00", "mp4"),
        (b"\x00\x00\x00\x20ftypisom\x00", "mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00", "mp4"),
        (b"\x00\x00\x00\x14ftyp3gp5\x00", "mp4"),
        (b"\x00\x00\x00\x08wide\x00", "mov"),
        (b"\x00\x01\x00\x08moov\x00", None),
        (b"OggS\x00\x02", "ogg"),
        (b"fLaC\x00\x00", "flac"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "matroska"),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska", "matroska"),
        (b"FORM\x00\x00\x00\x00AIFF", "aiff"),
        (b"FORM\x00\x00\x00\x00AIFC", "aiff"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf"),
        (b"caff\x00\x01\x00\x00", "caf"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", None),
        (b"ffconcat version 1.0\nfile '/etc/passwd'", None),
        (b"[playlist]\nFile1=http://169.254.169.254/", None),
        (b"<?xml version='1.0'?><MPD>", None),
        (b"RIFF\x24\x00\x00\x00AVI LIST", None),
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
    assert kind(head if len(head) < 4 else head + REST) == expected


@pytest.mark.parametrize(("speech", "expected"), [(JFK, "flac"), (TWO_CITIES, "ogg")])
def test_real_recordings_are_known(speech: Path, expected: str) -> None:
    with speech.open("rb") as recording:
        assert kind(recording.read(HEAD_BYTES)) == expected
