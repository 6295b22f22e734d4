"""Writes small recordings of any container whose headers say what is asked for, true or not."""

import math
import struct
from collections.abc import Callable

from tests.support.bombs import FTYP, HERE, box, element, movie, tables, words

SOUND = bytes(range(256)) * 64
"""16 kB of samples: half a second of 16 bits at 16 kHz."""
RATE = 16_000
MOST = 2**32 - 1

_RIFF64 = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_WAVE64 = bytes.fromhex("77617665f3acd3118cd100c04f8edb8a")
_FMT64 = bytes.fromhex("666d7420f3acd3118cd100c04f8edb8a")
_DATA64 = bytes.fromhex("64617461f3acd3118cd100c04f8edb8a")


def wav(rate: int = RATE, channels: int = 1, size: int = len(SOUND)) -> bytes:
    return chunk(b"RIFF", b"WAVE" + chunk(b"fmt ", _format(rate, channels)) + chunk(b"data", SOUND, size), MOST)


def au(rate: int = RATE, channels: int = 1, size: int = len(SOUND)) -> bytes:
    return b".snd" + words(24, size, 3, rate, channels) + SOUND


def aiff(rate: int = RATE, channels: int = 1, size: int = len(SOUND)) -> bytes:
    exponent = int(math.log2(rate))
    extended = struct.pack(">HQ", 16_383 + exponent, rate << (63 - exponent))
    common = struct.pack(">HIH", channels, len(SOUND) // 2, 16) + extended
    sound = b"SSND" + words(size + 8, 0, 0) + SOUND
    return b"FORM" + words(MOST) + b"AIFFCOMM" + words(len(common)) + common + sound


def caf(rate: int = RATE, channels: int = 1, size: int = len(SOUND), bytes_in_packet: int = 2) -> bytes:
    description = struct.pack(">d4s5I", rate, b"lpcm", 0, bytes_in_packet, 1, channels, 16)
    head = b"caff\0\1\0\0desc" + struct.pack(">Q", len(description)) + description
    return head + b"data" + struct.pack(">QI", size + 4, 0) + SOUND


def w64(rate: int = RATE, channels: int = 1, size: int = len(SOUND)) -> bytes:
    form = _FMT64 + struct.pack("<Q", 40) + _format(rate, channels)
    return (
        _RIFF64 + struct.pack("<Q", 104 + len(SOUND)) + _WAVE64 + form + _DATA64 + struct.pack("<Q", size + 24) + SOUND
    )


def wavpack(samples: int = 4096, size: int = len(SOUND)) -> bytes:
    sixteen_bits, mono, first, last, at_44_kilohertz = 1, 1 << 2, 1 << 11, 1 << 12, 9 << 23
    flags = sixteen_bits | mono | first | last | at_44_kilohertz
    return b"wvpk" + struct.pack("<IHBBIIIII", size + 24, 0x410, 0, 0, MOST, 0, samples, flags, 0) + SOUND


def avi(
    rate: int = RATE,
    channels: int = 1,
    size: int = 800,
    tracks: int = 1,
    index: int = 0,
    scale: int = 1,
    more: bytes = b"",
    first: bytes = b"",
) -> bytes:
    """A quarter of a second.

    Args:
        size: of each chunk, as it says itself.
        index: the number of entries of the index, which all point at the first chunk.
        more: other tracks.
        first: other chunks.
    """
    header = struct.pack("<4s12I", b"auds", 0, 0, 0, 0, scale, rate, 0, MOST, MOST, 0, 2, 0).ljust(56, b"\0")
    track = listed(b"strl", chunk(b"strh", header) + chunk(b"strf", _format(rate, channels)))
    head = chunk(b"avih", struct.pack("<14I", 1, 0, 0, 16, MOST, 0, 1, *7 * [0]))
    sound = b"".join(chunk(b"00wb", SOUND[:800], size) for _ in range(10))
    entry = b"00wb" + struct.pack("<3I", 16, 4, 800)
    content = listed(b"hdrl", head + tracks * track + more) + listed(b"movi", first + sound)
    return chunk(b"RIFF", b"AVI " + content + (chunk(b"idx1", index * entry) if index else b""), MOST)


def flv(duration_s: float = 0.5, size: int = 1_001, step_ms: int = 22, keyframes: int = 0) -> bytes:
    """Speech in G.711; `size` is that of each tag, and `keyframes` what a list of seek points says of its length."""

    def name(text: bytes) -> bytes:
        return struct.pack(">H", len(text)) + text

    def tag(kind: int, content: bytes, size: int, at_ms: int = 0) -> bytes:
        time = at_ms.to_bytes(4)
        return bytes([kind]) + size.to_bytes(3) + time[1:] + time[:1] + bytes(3) + content + words(len(content) + 11)

    points = name(b"keyframes") + b"\3" + name(b"times") + b"\x0a" + words(keyframes) + b"\0" + bytes(8)
    numbers = {b"duration": duration_s, b"audiosamplerate": 4e9, b"audiochannels": 65_535.0}
    meta = b"\2" + name(b"onMetaData") + b"\x08" + words(4)
    meta += b"".join(name(key) + b"\0" + struct.pack(">d", value) for key, value in numbers.items())
    meta += (points if keyframes else b"") + b"\0\0\x09"
    sound = b"".join(tag(8, b"\x82" + SOUND[:1_000], size, number * step_ms) for number in range(20))
    return b"FLV\x01\4\0\0\0\x09\0\0\0\0" + tag(18, meta, len(meta)) + sound


def matroska(
    rate: float = RATE,
    channels: int = 1,
    duration_ms: float = 500.0,
    at: int = 0,
    size: int | None = None,
    codec: bytes = b"A_PCM/INT/LIT",
    before: bytes = b"",
) -> bytes:
    """One block of sound; `size` is that of its elements, `before` other elements, and the codec's data is junk."""
    sound = (
        element(b"\xb5", struct.pack(">d", rate)) + element(b"\x9f", words(channels)) + element(b"\x62\x64", b"\x10")
    )
    entry = {b"\xd7": b"\1", b"\x73\xc5": b"\1", b"\x83": b"\2", b"\x86": codec, b"\xe1": sound}
    entry |= {} if codec.startswith(b"A_PCM") else {b"\x63\xa2": b"\xff" * 64}
    track = element(b"\xae", b"".join(element(*one) for one in entry.items()))
    info = element(b"\x2a\xd7\xb1", words(1_000_000)) + element(b"\x44\x89", struct.pack(">d", duration_ms))
    block = element(b"\xa3", b"\x81\0\0\x80" + SOUND, size)
    cluster = element(b"\x1f\x43\xb6\x75", element(b"\xe7", struct.pack(">Q", at)) + block, size)
    head = element(b"\x15\x49\xa9\x66", info) + element(b"\x16\x54\xae\x6b", track)
    ebml = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"matroska"))
    return ebml + element(b"\x18\x53\x80\x67", head + before + cluster, size)


def mp4(
    rate: float = RATE,
    channels: int = 1,
    scale: int = RATE,
    duration: int = 1_024,
    samples: int = 8,
    where: bytes = HERE,
) -> bytes:
    """Linear PCM with a description of version 2, which has 64 bits for the rate and 32 for the channels."""
    fields = struct.pack(">4HIIdII4I", 3, 16, 0xFFFE, 0, 1 << 16, 72, rate, channels, 0x7F00_0000, 16, 4, 2, 1)
    description = box(b"lpcm", bytes(6), b"\0\1", struct.pack(">HHI", 2, 0, 0), fields)
    return (
        FTYP
        + box(b"mdat", SOUND)
        + movie(tables(samples, 2_048, duration, [len(FTYP) + 8]), description=description, scale=scale, where=where)
    )


BY_RATE: dict[str, Callable[..., bytes]] = {one.__name__: one for one in (wav, au, aiff, caf, w64, avi, matroska, mp4)}
"""Containers whose headers name a rate and a number of channels."""


def _format(rate: int, channels: int) -> bytes:
    return struct.pack("<HHIIHH", 1, channels, rate, rate * 2 & MOST, channels * 2 & 0xFFFF, 16)


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(content) if size is None else size) + content + bytes(len(content) % 2)


def listed(name: bytes, content: bytes) -> bytes:
    return chunk(b"LIST", name + content)
