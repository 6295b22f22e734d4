"""Writes recordings that refer to another file or to an address, in every container that has a way to."""

import struct
from collections.abc import Callable
from pathlib import Path

from tests.support.bombs import element, full, syncsafe
from tests.support.headers import avi, chunk, listed, matroska, mp4

Made = Callable[[str, str], bytes]
"""Makes a file of the path and the address that it refers to."""


SILENCE = 40 * (b"\xff\xfb\x90\xc4" + bytes(413))
"""A second of MP3: 128 kbit/s, 44.1 kHz, mono."""


def playlist(path: str, url: str) -> bytes:
    """A playlist that names both, as HTTP Live Streaming has them."""
    entries = "".join(f"#EXTINF:9,\n{one}\n" for one in (f"file://{path}", url))
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n{entries}#EXT-X-ENDLIST\n".encode()


def _url(path: str, _: str) -> bytes:
    return mp4(where=full(b"url ", b"file://" + path.encode() + b"\0"))


def _address(_: str, url: str) -> bytes:
    return mp4(where=full(b"url ", url.encode() + b"\0"))


def _name(path: str, url: str) -> bytes:
    return mp4(where=full(b"urn ", url.encode() + b"\0file://" + path.encode() + b"\0"))


def _alias(path: str, _: str) -> bytes:
    """QuickTime's own: a volume, a name, levels to go up and down, and the path in two ways."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack(">hH", kind, len(content)) + content + bytes(len(content) % 2)

    name = Path(path).name.encode()
    head = struct.pack(">4xHHH", 0, 2, 0) + b"\4disk".ljust(28, b"\0") + bytes(12)
    head += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + struct.pack(">hh", 0, 1) + bytes(16)
    paths = record(2, b"disk" + path.replace("/", ":").encode()) + record(18, path.encode()) + record(-1, b"")
    return mp4(where=full(b"alis", head + paths))


def _subtitle(path: str, url: str) -> bytes:
    """FFmpeg opens the subtitles of an AVI as a file in the file, of any format that they look like."""
    text = playlist(path, url)
    header = struct.pack("<4s4s12I", b"txts", b"GAB2", 0, 0, 0, 1, 25, 0, 1, 0, 0, 0, 0, 0)
    packet = b"GAB2\0" + struct.pack("<HI10sHI", 2, 10, "sub".encode("utf-16le"), 4, len(text)) + text
    track = listed(b"strl", chunk(b"strh", header) + chunk(b"strf", b""))
    return avi(more=track, first=chunk(b"01tx", packet))


def _attachment(path: str, url: str) -> bytes:
    fields = {b"\x46\x6e": path.encode(), b"\x46\x60": b"application/vnd.apple.mpegurl", b"\x46\xae": b"\1"}
    content = b"".join(element(*one) for one in fields.items()) + element(b"\x46\x5c", playlist(path, url))
    return matroska(before=element(b"\x19\x41\xa4\x69", element(b"\x61\xa7", content)))


def _linked(path: str, _: str) -> bytes:
    """A chapter that is in another file, which the header names as the one before and the one after."""
    chapter = element(b"\xb6", element(b"\x73\xc4", b"\1") + element(b"\x91", b"\0") + element(b"\x6e\x67", b"w" * 16))
    names = element(b"\x3c\x83\xab", path.encode()) + element(b"\x3e\x83\xbb", path.encode())
    chapters = element(b"\x10\x43\xa7\x70", element(b"\x45\xb9", chapter))
    return matroska(before=element(b"\x15\x49\xa9\x66", names) + chapters)


def _picture(path: str, _: str) -> bytes:
    """A tag whose picture is elsewhere, and a frame of it, too; then silence."""
    picture = b"\0-->\0\3\0file://" + path.encode()
    link = b"APIC" + path.encode() + b"\0\0"
    frames = b"".join(
        name + syncsafe(len(content)) + b"\0\0" + content for name, content in {b"APIC": picture, b"LINK": link}.items()
    )
    return b"ID3\4\0\0" + syncsafe(len(frames)) + frames + SILENCE


HEARD: dict[str, Made] = {
    "url of a file": _url,
    "url of an address": _address,
    "name of a file": _name,
    "alias": _alias,
    "subtitle": _subtitle,
    "attachment": _attachment,
    "linked chapter": _linked,
    "picture": _picture,
}
"""Recordings: their own sound, if they have any, is heard."""


def _disguised(begin: bytes) -> Made:
    return lambda path, url: begin + playlist(path, url)


def _before_frames(begin: bytes) -> Made:
    return lambda path, url: begin + playlist(path, url) + SILENCE


def _in_packets(path: str, url: str) -> bytes:
    text = playlist(path, url).ljust(8 * 187, b"\n")
    return b"".join(b"G" + text[at : at + 187] for at in range(0, 8 * 187, 187))


DISGUISED: dict[str, Made] = {
    "transport stream": _in_packets,
    "tag": _before_frames(b"ID3\4\0\0\0\0\0\0"),
    "flv": _disguised(b"FLV\x01\5\0\0\0\x09\0\0\0\0"),
    "au": _disguised(b".snd\0\0\0\x18"),
    "avi": _disguised(b"RIFF\0\1\0\0AVI "),
    "amr": _disguised(b"#!AMR\n"),
    "wavpack": _disguised(b"wvpk"),
    "mpeg": _disguised(b"\0\0\1\xba"),
    "dts": _disguised(b"\x7f\xfe\x80\x01"),
    "truehd": _disguised(b"\0\0\0\0\xf8\x72\x6f\xba"),
    "ac3": _disguised(b"\x0b\x77"),
    "asf": _disguised(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")),
    "ogg": _disguised(b"OggS"),
    "junk before frames": _before_frames(b""),
}
"""Playlists that begin as a recording does."""
