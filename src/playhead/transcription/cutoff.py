"""Notices that the end of a file is missing: its header states more bytes or samples than are there.

FFmpeg shortens the length of uncompressed sound to what is there, and estimates that of many formats, so that its
length alone shows nothing.
"""

from collections.abc import Callable
from pathlib import Path

from av.container import InputContainer

COUNTED = frozenset({"flac", "tta"})
"""Demuxers whose length is the header's count of samples, or none. WavPack has it, too: see `Holes.is_end_unread`."""
UNKNOWN_BYTES = 0x7F00_0000
"""Sizes in 32 bits from this on are those of writers that do not know the size yet: SoX states 0x7F000000, `arecord`
0x80000000, FFmpeg 0xFFFFFFFF."""
LONGEST_S = 12 * 3600.0
"""More than this is not missing: the header lies."""
HEAD_BYTES = 1024
"""The first of these have the header of a segment of Matroska, which follows some 40 bytes."""
BEFORE_BYTES = 2048
"""Before the first packet these have the header of what is in it: of MP3 a frame of at most 1,441 bytes."""
SEGMENT = b"\x18\x53\x80\x67"
"""The identifier of that element of Matroska."""


def rest_s(path: Path, container: InputContainer, first: int | None, now_s: float, left_s: float) -> float:
    """How much sound is missing at the end; 0 if the file is whole, or nobody knows.

    Args:
        first: the position of the first packet.
        now_s: where the sound ended.
        left_s: how much was to follow, by the length that the container states.
    """
    names = set(container.format.name.split(","))
    there = container.size or 0
    missing_s = 0.0
    if names & COUNTED:
        missing_s = left_s
    elif (read := next((_ENDS[name] for name in names if name in _ENDS), None)) and first is not None:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(max(0, first - BEFORE_BYTES))
            end = read(head, file.read(min(first, BEFORE_BYTES)), first)
        if end is not None and end > there > first:
            missing_s = left_s if names & _TIMED else now_s * (end - there) / (there - first)
    return missing_s if missing_s <= LONGEST_S else 0.0


def _wav(head: bytes, before: bytes, first: int) -> int | None:
    size = _stated(before[-4:][::-1])
    if head.startswith((b"RF64", b"BW64")) and head[12:16] == b"ds64":
        size = int.from_bytes(head[28:36], "little")
    return first + size if size and before[-8:-4] == b"data" else None


def _w64(_: bytes, before: bytes, first: int) -> int | None:
    return first - 24 + int.from_bytes(before[-8:], "little") if before[-24:-20] == b"data" else None


def _aiff(_: bytes, before: bytes, first: int) -> int | None:
    size = _stated(before[-12:-8])
    return first - 8 + size if size and before[-16:-12] == b"SSND" else None


def _au(head: bytes, _: bytes, first: int) -> int | None:
    size = _stated(head[8:12])
    return first + size if size else None


def _mp3(_: bytes, before: bytes, first: int) -> int | None:
    """By the tag of a Xing or LAME encoder, if that has both the number of frames and that of bytes."""
    begin = max(before.rfind(b"Xing"), before.rfind(b"Info"))
    tag = before[begin : begin + 16]
    if begin < 0 or len(tag) < 16 or tag[7] & 3 != 3:
        return None
    return first - len(before) + begin + int.from_bytes(tag[12:])


def _matroska(head: bytes, _: bytes, __: int) -> int | None:
    begin = head.find(SEGMENT) + len(SEGMENT)
    if begin < len(SEGMENT) or begin >= len(head) or not head[begin]:
        return None
    length = 9 - head[begin].bit_length()
    mask = (1 << 7 * length) - 1
    size = int.from_bytes(head[begin : begin + length]) & mask
    return begin + length + size if size != mask else None  # all bits set: unknown


def _stated(size: bytes) -> int:
    """A size of 32 bits; 0 if it is a placeholder."""
    number = int.from_bytes(size)
    return number if number < UNKNOWN_BYTES else 0


_ENDS: dict[str, Callable[[bytes, bytes, int], int | None]] = {
    "wav": _wav,
    "w64": _w64,
    "aiff": _aiff,
    "au": _au,
    "mp3": _mp3,
    "matroska": _matroska,
}
"""Of each demuxer: where in the file its content ends, by the header; None if it does not say."""
_TIMED = frozenset({"mp3", "matroska"})
"""Those whose header states the seconds, too, and FFmpeg keeps to it. In the others each second has as many bytes."""
