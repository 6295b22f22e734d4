"""Reads subtitles with FFmpeg's parsers, through PyAV."""

import io
from dataclasses import dataclass

import av
from av.subtitles.subtitle import AssSubtitle

FFMPEG = {"srt": "srt", "vtt": "webvtt"}


@dataclass(frozen=True)
class Read:
    """A cue as a player gets it."""

    start_ms: int
    end_ms: int
    text: str


def read(format: str, written: str) -> list[Read]:
    """The cues of a file, its markup applied; FFmpeg's escapes of its own format are undone."""
    found = []
    with av.open(io.BytesIO(written.encode()), "r", format=FFMPEG[format]) as container:
        for packet in container.demux(container.streams[0]):
            if packet.pts is None:
                continue
            lines = [line.ass.decode() for line in packet.decode() if isinstance(line, AssSubtitle)]
            text = "".join(line.split(",", 8)[8] for line in lines).replace("\\N", "\n").replace("\\{{}", "{")
            found.append(Read(packet.pts, packet.pts + (packet.duration or 0), text))
    return found
