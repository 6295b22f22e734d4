"""Detects the container of a file by its first bytes; the client's file name and content type are ignored.

Only containers of audio are accepted. Playlists and text are not: a decoder would open what they refer to.
"""

HEAD_BYTES = 64
"""The bytes that `kind` needs: every signature below, the EBML doc type included, lies within them."""
FORMATS = "MP3, AAC, M4A, MP4, MOV, 3GP, WAV, FLAC, Ogg, Opus, WebM, Matroska, AIFF, WMA or CAF"

_FTYP_BRANDS = (
    b"M4A",
    b"M4B",
    b"M4V",
    b"mp4",
    b"isom",
    b"iso",
    b"qt  ",
    b"3gp",
    b"3g2",
    b"MSNV",
    b"dash",
    b"avc1",
    b"F4",
)
"""Prefixes of the brands with sound; HEIC and AVIF pictures have the same container."""
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""The first atom of an old QuickTime file, which has no `ftyp`."""
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")


def kind(head: bytes) -> str | None:
    """The container of a file that begins with `head`; None for any other file."""
    starts = head.startswith
    if starts(b"ID3"):
        return "mp3"
    if starts(b"OggS"):
        return "ogg"
    if starts(b"fLaC"):
        return "flac"
    if starts((b"RIFF", b"RF64", b"BW64")) and head[8:12] == b"WAVE":
        return "wav"
    if starts(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if starts(b"\x1aE\xdf\xa3") and (b"webm" in head or b"matroska" in head):
        return "matroska"
    if starts(_ASF):
        return "asf"
    if starts(b"caff\x00\x01"):
        return "caf"
    if head[4:8] == b"ftyp" and head[8:12].startswith(_FTYP_BRANDS):
        return "mp4"
    if head[4:8] in _QUICKTIME_ATOMS and head[:2] == b"\x00\x00":
        return "mov"
    return _frame(head)


def _frame(head: bytes) -> str | None:
    """Detect bare MPEG frames: eleven set bits, then a version, a layer and rates that are not reserved."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if head[1] & 0xF6 == 0xF0:
        return "aac" if head[2] >> 2 & 15 < 13 else None
    if version == 1 or layer == 0:
        return None
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return "mp3" if bitrate != 15 and rate != 3 else None
