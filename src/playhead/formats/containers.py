"""The table of containers: how each is recognised, what opens it, and what people and browsers call it."""

from dataclasses import dataclass

from playhead.formats import frames
from playhead.formats.signatures import (
    Test,
    any_of,
    begins,
    ebml,
    ftyp,
    gsm,
    iff,
    old_quicktime,
    transport_stream,
    without_id3,
)

HEAD_BYTES = 64 * 1024
"""The bytes that `container_of` looks at. A header needs 64 of them, a cut MP3 three frames of at most 2,881; padding
and junk before the first frame are a few kB in real files. FFmpeg would look further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A kind of file.

    Attributes:
        name: for people.
        demuxers: FFmpeg's names of what opens it, the first one of a list such as `mov,mp4,…` being enough.
        extensions: of file names, the usual one first.
        media_type: of a download.
        matches: whether a file that begins with these bytes is one.
    """

    name: str
    demuxers: tuple[str, ...]
    extensions: tuple[str, ...]
    media_type: str
    matches: Test


_MOV = ("mov", "mp4", "m4a", "3gp")
_RIFF = (b"RIFF", b"RF64", b"BW64")

CONTAINERS = (
    Container(
        name="M4A",
        demuxers=_MOV,
        extensions=("m4a", "m4b"),
        media_type="audio/mp4",
        matches=ftyp(b"M4A", b"M4B", b"M4P", b"aax"),
    ),
    Container(
        name="3GP",
        demuxers=_MOV,
        extensions=("3gp", "3g2", "3gpp"),
        media_type="video/3gpp",
        matches=ftyp(b"3g"),
    ),
    Container(
        name="MOV",
        demuxers=_MOV,
        extensions=("mov", "qt"),
        media_type="video/quicktime",
        matches=any_of(ftyp(b"qt  "), old_quicktime),
    ),
    Container(
        name="MP4", demuxers=_MOV, extensions=("mp4", "m4v", "f4v", "f4a"), media_type="video/mp4", matches=ftyp()
    ),
    Container(
        name="WAV",
        demuxers=("wav",),
        extensions=("wav", "wave"),
        media_type="audio/wav",
        matches=iff(b"WAVE", ids=_RIFF),
    ),
    Container(name="FLAC", demuxers=("flac",), extensions=("flac",), media_type="audio/flac", matches=begins(b"fLaC")),
    Container(
        name="Ogg",
        demuxers=("ogg",),
        extensions=("ogg", "opus", "oga", "ogv", "spx"),
        media_type="audio/ogg",
        matches=begins(b"OggS"),
    ),
    Container(
        name="WebM",
        demuxers=("matroska", "webm"),
        extensions=("webm", "weba"),
        media_type="video/webm",
        matches=ebml(b"webm"),
    ),
    Container(
        name="Matroska",
        demuxers=("matroska", "webm"),
        extensions=("mkv", "mka"),
        media_type="video/x-matroska",
        matches=ebml(b"matroska"),
    ),
    Container(
        name="AIFF",
        demuxers=("aiff",),
        extensions=("aiff", "aif", "aifc"),
        media_type="audio/aiff",
        matches=iff(b"AIFF", b"AIFC", ids=(b"FORM",)),
    ),
    Container(
        name="WMA",
        demuxers=("asf",),
        extensions=("wma", "wmv", "asf"),
        media_type="video/x-ms-asf",
        matches=begins(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")),
    ),
    Container(
        name="CAF", demuxers=("caf",), extensions=("caf",), media_type="audio/x-caf", matches=begins(b"caff\x00\x01")
    ),
    Container(
        name="AMR",
        demuxers=("amr",),
        extensions=("amr", "awb"),
        media_type="audio/amr",
        matches=begins(b"#!AMR\n", b"#!AMR-WB\n"),
    ),
    Container(
        name="AVI",
        demuxers=("avi",),
        extensions=("avi",),
        media_type="video/x-msvideo",
        matches=iff(b"AVI ", ids=(b"RIFF",)),
    ),
    Container(name="FLV", demuxers=("flv",), extensions=("flv",), media_type="video/x-flv", matches=begins(b"FLV\x01")),
    Container(
        name="MPEG-PS",
        demuxers=("mpeg",),
        extensions=("mpg", "mpeg", "vob", "m2p"),
        media_type="video/mpeg",
        matches=begins(b"\x00\x00\x01\xba"),
    ),
    Container(
        name="AU", demuxers=("au",), extensions=("au", "snd"), media_type="audio/basic", matches=begins(b".snd\x00\x00")
    ),
    Container(
        name="Wave64",
        demuxers=("w64",),
        extensions=("w64",),
        media_type="audio/x-w64",
        matches=begins(bytes.fromhex("726966662e91cf11a5d628db04c10000")),
    ),
    Container(
        name="WavPack", demuxers=("wv",), extensions=("wv",), media_type="audio/x-wavpack", matches=begins(b"wvpk")
    ),
    Container(name="TTA", demuxers=("tta",), extensions=("tta",), media_type="audio/x-tta", matches=begins(b"TTA1")),
    Container(
        name="AC-3",
        demuxers=("ac3", "eac3"),
        extensions=("ac3", "eac3", "ec3"),
        media_type="audio/ac3",
        matches=begins(b"\x0b\x77"),
    ),
    Container(
        name="DTS",
        demuxers=("dts", "dtshd"),
        extensions=("dts", "dtshd"),
        media_type="audio/vnd.dts",
        matches=begins(b"\x7f\xfe\x80\x01", b"\xfe\x7f\x01\x80", b"DTSHDHDR"),
    ),
    Container(
        name="TrueHD",
        demuxers=("truehd", "mlp"),
        extensions=("thd", "truehd", "mlp"),
        media_type="audio/vnd.dolby.mlp",
        matches=begins(b"\xf8\x72\x6f\xba", b"\xf8\x72\x6f\xbb", at=4),
    ),
    Container(
        name="MPEG-TS",
        demuxers=("mpegts",),
        extensions=("ts", "m2ts", "mts", "m2t"),
        media_type="video/mp2t",
        matches=transport_stream,
    ),
    Container(name="GSM", demuxers=("gsm",), extensions=("gsm",), media_type="audio/x-gsm", matches=gsm),
    # AAC and MP3 have no header, so their frames are looked for everywhere in the head of what is nothing else.
    Container(name="AAC", demuxers=("aac",), extensions=("aac", "adts"), media_type="audio/aac", matches=frames.adts),
    Container(
        name="MP3", demuxers=("mp3",), extensions=("mp3", "mp2", "mpga"), media_type="audio/mpeg", matches=frames.mpeg
    ),
)
"""What is opened, by content alone. None can refer to another file or an address: playlists, `hls`, `concat`, `sdp` and
`dash` are left out, and so are pictures."""

WHITELIST = ",".join(dict.fromkeys(name for container in CONTAINERS for name in container.demuxers))
"""FFmpeg's `format_whitelist`."""
EXTENSIONS = frozenset(extension for container in CONTAINERS for extension in container.extensions)
SOURCE_EXTENSIONS = frozenset({"ts", "mts", "dts"})
"""Those that program sources have, too (TypeScript, device trees): of such files in a folder only recordings count."""
NAMES = ", ".join(sorted((container.name for container in CONTAINERS), key=str.lower))
"""For a sentence: all containers by name."""

_MP3 = CONTAINERS[-1]


def container_of(head: bytes) -> Container | None:
    """The container of a file that begins with `head`, `HEAD_BYTES` of it or all; None for any other file.

    A file name and a content type are a client's word, and are ignored.
    """
    sound = without_id3(head)
    if head.startswith(b"ID3") and (not sound or sound.startswith(b"ID3")):
        return _MP3  # a tag that goes on, with a picture: such files are MP3
    return next((container for container in CONTAINERS if container.matches(sound)), None)


def stem_of(filename: str) -> str:
    """A file's name without its extension, if that is one of a recording: the dots of a date are part of the name."""
    stem, _, extension = filename.rpartition(".")
    return stem if stem and extension.lower() in EXTENSIONS else filename
