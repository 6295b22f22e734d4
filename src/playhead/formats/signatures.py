"""Recognises containers by their first bytes: each function makes or is a test of a file's head."""

from collections.abc import Callable, Iterator

Test = Callable[[bytes], bool]

TS_PACKET, M2TS_PACKET = 188, 192
"""Bytes of a packet of a transport stream, and with the time stamp of a camera or a Blu-ray disc before it."""
TS_PACKETS = 5
"""Packets in a row that must begin with the sync byte, if the head has as many: by chance, once in 10^12 files."""
GSM_FRAME, GSM_FRAMES = 33, 40
"""Bytes of a GSM 06.10 frame, and those that must begin with its four bits: FFmpeg wants 32."""
ID3_HEADER = 10

_PICTURES = frozenset(
    [
        *(b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"mif2", b"msf1", b"miaf", b"avif", b"avis"),
        *(b"jpeg", b"jpgs", b"crx ", b"jp2 ", b"jpx ", b"jpm ", b"jxl ", b"pict"),
    ]
)
"""Brands of still pictures, which have the same container as MP4."""
_SOUND = (b"M4", b"mp4", b"isom", b"iso", b"qt  ", b"3g", b"MSNV", b"dash", b"cmf", b"avc1", b"F4", b"f4", b"XAVC")
"""Prefixes of the brands with sound: one of them among the compatible brands makes up for a brand that nobody knows."""
_ATOMS = frozenset([b"moov", b"wide", b"free", b"skip", b"pnot"])
"""Atoms, beside `mdat`, with which an old QuickTime file without `ftyp` begins."""


def begins(*signatures: bytes, at: int = 0) -> Test:
    """Tests for one of these byte strings at an offset."""
    return lambda head: head.startswith(signatures, at)


def iff(*forms: bytes, ids: tuple[bytes, ...]) -> Test:
    """Tests for an IFF or RIFF file of one of these forms."""
    return lambda head: head.startswith(ids) and head[8:12] in forms


def ebml(doc_type: bytes) -> Test:
    """Tests for an EBML file, such as Matroska, by its document type, which is in its first bytes."""
    return lambda head: head.startswith(b"\x1aE\xdf\xa3") and doc_type in head[:64]


def ftyp(*majors: bytes) -> Test:
    """Tests for ISO media with sound whose major brand begins so; without any, for all of them.

    A file with an unusual major brand is one if it names a usual compatible one, or no picture.
    """

    def test(head: bytes) -> bool:
        if head[4:8] != b"ftyp":
            return False
        major, compatible = head[8:12], set(_compatible(head))
        if major in _PICTURES or not major.startswith(majors or b""):
            return False
        return any(brand.startswith(_SOUND) for brand in {major} | compatible) or not compatible & _PICTURES

    return test


def _compatible(head: bytes) -> Iterator[bytes]:
    end = min(int.from_bytes(head[:4]), len(head))
    for begin in range(16, end - 3, 4):
        yield head[begin : begin + 4]


def old_quicktime(head: bytes) -> bool:
    """Tests for QuickTime without `ftyp`, which begins with any of its atoms, also with a large `mdat`."""
    size, name = int.from_bytes(head[:4]), head[4:8]
    if name == b"mdat":
        return size <= 1 or size >= 8  # 0: up to the end of the file; 1: the size follows, in 64 bits
    return name in _ATOMS and 8 <= size < 2**24  # text has no zero byte at the beginning


def transport_stream(head: bytes) -> bool:
    """Tests for packets of MPEG-TS, from the first byte on or after the beginning of a cut one."""
    for size in (TS_PACKET, M2TS_PACKET):
        for first in range(min(size, len(head))):
            packets = head[first::size][:TS_PACKETS]
            if len(packets) >= TS_PACKETS and packets == b"G" * TS_PACKETS:
                return True
    return False


def gsm(head: bytes) -> bool:
    """Tests for bare GSM 06.10 frames, as telephone systems keep messages."""
    frames = head[::GSM_FRAME][:GSM_FRAMES]
    return len(frames) == GSM_FRAMES and all(byte >> 4 == 0xD for byte in frames)


def without_id3(head: bytes) -> bytes:
    """The bytes behind ID3 tags in front of a file; empty if the tags are longer than the head."""
    while head.startswith(b"ID3") and len(head) >= ID3_HEADER:
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        head = head[ID3_HEADER + size :]
    return head


def any_of(*tests: Test) -> Test:
    return lambda head: any(test(head) for test in tests)
