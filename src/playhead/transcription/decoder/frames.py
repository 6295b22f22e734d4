"""What a worker asks of a decoder, and the frames in which it is answered over a pipe."""

import json
import struct
from dataclasses import asdict, dataclass
from enum import Enum
from typing import BinaryIO

HEAD = struct.Struct("<cI")
"""A frame's kind, and how many bytes follow."""
LONGEST = 1024**2
"""No frame is longer: a block of sound has 64 kB."""
OUT_OF_MEMORY = 12
"""The exit code of a decoder that may have no memory left to say so."""


class Kind(Enum):
    READY = b"r"
    """It has started, and its limits hold."""
    SIGN = b"s"
    """It got on."""
    DURATION = b"p"
    """JSON: a number, the duration in seconds."""
    BLOCK = b"b"
    """Samples, 32-bit floats."""
    END = b"e"
    """That was all."""
    FAULT = b"f"
    """JSON: the code and the evidence of an `AudioError`."""
    MISSING = b"m"
    """There is no such file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may cost; the kernel holds `memory_bytes` on Linux only."""

    memory_bytes: int = 448 * 1024**2
    """Of data (RLIMIT_DATA): what libraries map does not count, so the limit means the same for each version of them.
    With 60 MB of these in memory it stays well below 600 MB; twelve hours of AAC, which have the largest index, take
    124 MB in all."""
    stall_cpu_s: int = 30
    """Of computing without getting on by a minute of sound; the slowest formats take a second for that."""
    cpu_s: int = 3600
    """Of computing in all: twenty times what twelve hours of most formats take, ten times what the smallest packets
    do."""
    silence_s: float = 300.0
    """Of the clock without a sign. The file cannot be at fault then, which would compute: this machine's disk is."""
    look_s: float = 0.5
    """Between two looks whether to stop, while nothing comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be done with a file: `probe` or `blocks`."""

    verb: str
    path: str
    start_at: float = 0.0
    max_s: float
    parent: int
    """The process that asks: the decoder ends with it."""
    limits: Limits = Limits()

    def encode(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> "Task":
        fields = json.loads(text)
        return cls(**fields | {"limits": Limits(**fields["limits"])})


def send(stream: BinaryIO, kind: Kind, payload: bytes = b"") -> None:
    stream.write(HEAD.pack(kind.value, len(payload)) + payload)
    stream.flush()


def take(buffer: bytearray) -> tuple[Kind, bytes] | None:
    """The first frame, taken out of the buffer; None if it is not there in whole yet.

    Raises:
        ValueError: these are no frames.
    """
    if len(buffer) < HEAD.size:
        return None
    kind, size = HEAD.unpack_from(buffer)
    if size > LONGEST:
        raise ValueError(f"a frame of {size} bytes")
    end = HEAD.size + size
    if len(buffer) < end:
        return None
    payload = bytes(buffer[HEAD.size : end])
    del buffer[:end]
    return Kind(kind), payload
