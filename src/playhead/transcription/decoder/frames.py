"""The protocol between a worker and its decoder: a task as an argument, frames over a pipe as the answer."""

import json
import struct
from dataclasses import asdict, dataclass
from enum import Enum
from typing import BinaryIO

from playhead.transcription.survey import MIX, ChannelChoice, TrackChoice, Voice

HEADER = struct.Struct("<cI")
"""A frame's kind, and the number of bytes that follow."""
MAX_FRAME_BYTES = 1024**2
"""No frame is longer: a second of eight voices has 512 kB."""
OUT_OF_MEMORY = 12
"""The exit code of a decoder that ran out of memory: it may have none left for a frame."""


class Kind(Enum):
    READY = b"r"
    """The decoder has started, and its limits are set."""
    PROGRESS = b"s"
    """Another `audio.PROGRESS_S` of sound is done."""
    SURVEY = b"p"
    """JSON: a `Survey`."""
    BLOCK = b"b"
    """Samples, 32-bit floats, voice after voice."""
    END = b"e"
    """The last frame."""
    FAULT = b"f"
    """JSON: the code, the evidence and the name of an `AudioError`."""
    MISSING = b"m"
    """There is no such file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What decoding one file may use; the kernel enforces `memory_bytes` on Linux only."""

    memory_bytes: int = 448 * 1024**2
    """Data (RLIMIT_DATA): mapped libraries do not count, so the limit means the same for each version of them. With
    60 MB of these in memory the process stays well below 600 MB. Twelve hours of AAC, which have the largest index,
    take 124 MB in all."""
    stall_cpu_s: int = 30
    """CPU time for a minute of sound; the slowest formats take a second."""
    cpu_s: int = 3600
    """CPU time in all: twenty times that of twelve hours of most formats, ten times that of the smallest packets."""
    silence_s: float = 300.0
    """Wall time without a frame. The file is not at fault then, because it would use CPU time: the disk is."""
    look_s: float = 0.5
    """Between two calls of `on_progress` while no frame comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An order to the decoder: `verb` is `survey`, with what a person chose, or `blocks`, with what is heard."""

    verb: str
    path: str
    track: TrackChoice = None
    channels: ChannelChoice = None
    heard: tuple[Voice, ...] = MIX
    start_at: float = 0.0
    max_s: float
    parent: int
    """The worker's process id: the decoder ends with it."""
    limits: Limits = Limits()

    def encode(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> "Task":
        fields = json.loads(text)
        voices = (Voice(**voice | {"weights": tuple(voice["weights"])}) for voice in fields["heard"])
        return cls(**fields | {"limits": Limits(**fields["limits"]), "heard": tuple(voices)})


def send(stream: BinaryIO, kind: Kind, payload: bytes = b"") -> None:
    stream.write(HEADER.pack(kind.value, len(payload)) + payload)
    stream.flush()


def take(buffer: bytearray) -> tuple[Kind, bytes] | None:
    """Removes the first frame from the buffer and returns it; None while it is incomplete.

    Raises:
        ValueError: the buffer holds no frames.
    """
    if len(buffer) < HEADER.size:
        return None
    kind, size = HEADER.unpack_from(buffer)
    if size > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {size} bytes")
    end = HEADER.size + size
    if len(buffer) < end:
        return None
    payload = bytes(buffer[HEADER.size : end])
    del buffer[:end]
    return Kind(kind), payload
