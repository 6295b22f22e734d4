"""Finds out why a file does not open, or why a track cannot be decoded; FFmpeg says only that it fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from playhead.formats import codecs, containers
from playhead.transcription.boxes import Boxes
from playhead.transcription.faults import AudioError, AudioFault

HEADER_BYTES = 4096
"""A file of a format that is read, no longer than this, that does not open has a header at most."""
PROTECTED_ENTRIES = (b"drms", b"enca", b"aavd", b"encv")
"""Sample descriptions of protected tracks: FairPlay, common encryption (ISO/IEC 23001-7), Audible."""
PROTECTED_ASF = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),  # content encryption
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),  # extended content encryption
)
"""Objects in the header of protected WMA and WMV files (ASF specification, 3.14, 3.15)."""


def unopened(path: Path, evidence: str) -> AudioError:
    """The error for a file that FFmpeg does not open.

    Args:
        evidence: for the log.
    """
    with path.open("rb") as file:
        head = file.read(containers.HEAD_BYTES)
        container = containers.container_of(head)
        if container is None:
            return AudioError(AudioFault.UNREADABLE, evidence)
        evidence = f"{container.name}: {evidence}"
        if _is_protected(head, container.demuxers):
            return AudioError(AudioFault.PROTECTED, evidence)
        if "mov" in container.demuxers and (code := _index_fault(file)):
            return AudioError(code, evidence)
    if path.stat().st_size <= HEADER_BYTES:
        return AudioError(AudioFault.EMPTY, evidence)
    return AudioError(AudioFault.UNREADABLE, evidence)


@dataclass(frozen=True, slots=True)
class Labels:
    """What a file itself says about its tracks.

    Attributes:
        head: its first bytes.
        demuxers: what opens it.
        codes: of an MP4, the codes of how its tracks are coded, by the number of the track in `tkhd`.
    """

    head: bytes
    demuxers: tuple[str, ...]
    codes: Mapping[int, bytes]


def labels(path: Path) -> Labels:
    """Reads what a file says about its tracks."""
    with path.open("rb") as file:
        head = file.read(containers.HEAD_BYTES)
        container = containers.container_of(head)
        demuxers = () if container is None else container.demuxers
        return Labels(head, demuxers, dict(_codes(file)) if "mov" in demuxers else {})


def undecodable(labels: Labels, track: int, decoder: str | None) -> AudioError | None:
    """The error for a track that is protected, or that no listed decoder reads; None for one that can be heard.

    Args:
        labels: of its file.
        track: the number of the track in the file.
        decoder: FFmpeg's name, or None if it has none.
    """
    code = labels.codes.get(track, b"")
    if code in PROTECTED_ENTRIES or _is_protected(labels.head, labels.demuxers):
        return AudioError(AudioFault.PROTECTED, f"{decoder}, {code!r}")
    if decoder in codecs.DECODERS:
        return None
    shown = decoder or (code.decode() if code.isascii() else "").strip("\0 ")
    name = codecs.name_of(shown) if shown.isprintable() else ""
    if not name and "wav" in labels.demuxers and labels.head[12:16] == b"fmt ":
        name = f"WAV type {int.from_bytes(labels.head[20:22], 'little')}"
    return AudioError(AudioFault.UNKNOWN_CODEC, f"no decoder for {decoder}", name)


def _is_protected(head: bytes, demuxers: tuple[str, ...]) -> bool:
    return "asf" in demuxers and any(guid in head for guid in PROTECTED_ASF)


def _index_fault(file: BinaryIO) -> AudioFault | None:
    """What a file without an index is: sound that was not finished, or nothing but a header; None if it has one."""
    boxes = Boxes(file)
    has_sound, end = False, 0
    for name, _, following in boxes.inside(boxes.all):
        if name in (b"moov", b"moof"):
            return None
        has_sound, end = has_sound or name == b"mdat", following
    # The box that was being written is as long as it was to be, and is cut off by the end of the file.
    name = boxes.bytes(end + 4, 4)
    if name == b"moov":
        return AudioFault.UNFINISHED
    return AudioFault.UNFINISHED if has_sound or name == b"mdat" else AudioFault.EMPTY


def _codes(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The number of each track, and the code of its first sample description."""
    boxes = Boxes(file)
    movie = boxes.find(boxes.all, b"moov")
    for box in boxes.inside(movie) if movie else ():
        table = boxes.find(box, b"mdia", b"minf", b"stbl", b"stsd") if box[0] == b"trak" else None
        if table is not None:
            yield boxes.number(boxes.find(box, b"tkhd")), boxes.bytes(table[1] + 12, 4)
