"""Finds the frames of MPEG audio in bytes: a file without a header of its own has nothing else to show what it is."""

import re
from collections.abc import Callable

MAX_CANDIDATES = 1_000
"""Places where a frame may begin that are looked at: a millisecond. 64 kB of noise have some twenty."""
LINKS = 2
"""Frames behind the first that prove it, where there are bytes for them: two in 64 kB of noise are found once in ten
thousand files by chance, three once in a billion."""

_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xff](?=[\x00-\xef])")
"""Eleven set bits and a layer; the version, and a bit rate that is not reserved."""
_BIT_RATES = {
    (True, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s from index 1 on, by whether it is MPEG 1 and by the layer's bits: 3 is layer I (ISO/IEC 11172-3, 13818-3)."""
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Hz, by the version's bits: 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5."""
ADTS_RATES = 13
"""Sample rates that ADTS has an index for."""


def mpeg(head: bytes) -> bool:
    """Whether MPEG audio of any layer begins at the first byte, or after zeros, half a frame or junk."""
    if _is_mpeg(head):
        return True
    begin, seen = 0, 0
    while (found := _SYNC.search(head, begin)) is not None and seen < MAX_CANDIDATES:
        begin, seen = found.start() + 1, seen + 1
        if _is_proven(head, found.start(), _mpeg_bytes):
            return True
    return False


def adts(head: bytes) -> bool:
    """Whether AAC in ADTS frames begins at the first byte, or after half a frame."""
    if _is_adts(head):
        return True
    begin, seen = 0, 0
    while (begin := head.find(b"\xff", begin)) >= 0 and seen < MAX_CANDIDATES:
        seen += 1
        if _is_proven(head, begin, _adts_bytes):
            return True
        begin += 1
    return False


def _is_proven(head: bytes, at: int, size_of: Callable[[bytes], int]) -> bool:
    """Whether a frame begins at `at` and others like it follow where it says; one at least, `LINKS` if they fit."""
    if at + 4 > len(head):
        return False
    kind, links = _kind(head, at), 0
    while links < LINKS:
        size = size_of(head[at : at + 6])
        if not size:
            return False
        at += size
        if at + 4 > len(head):
            break
        if _kind(head, at) != kind:
            return False
        links += 1
    return links > 0


def _kind(head: bytes, at: int) -> tuple[int, int]:
    """What all frames of a stream have in common: sync, version, layer, and the sample rate."""
    return int.from_bytes(head[at : at + 2]) & 0xFFFE, head[at + 2] & 0x0C


def _is_mpeg(head: bytes) -> bool:
    """Whether these bytes are a frame's header; one of free bit rate, which tells no size, is one too."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer != 0 and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3


def _mpeg_bytes(head: bytes) -> int:
    """The size of the frame with this header; 0 if it is none, or tells no size."""
    if not _is_mpeg(head) or not head[2] >> 4:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate = _BIT_RATES[version == 3, layer][(head[2] >> 4) - 1] * 1000
    rate, padding = _RATES[version][head[2] >> 2 & 3], head[2] >> 1 & 1
    if layer == 3:
        return (12 * bit_rate // rate + padding) * 4
    return (72 if layer == 1 and version != 3 else 144) * bit_rate // rate + padding


def _is_adts(head: bytes) -> bool:
    return len(head) >= 4 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 15 < ADTS_RATES


def _adts_bytes(head: bytes) -> int:
    """The size of the ADTS frame with this header; 0 if it is none."""
    if len(head) < 6 or not _is_adts(head):
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0  # a header alone has seven bytes
