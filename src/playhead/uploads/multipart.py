"""A streaming parser of multipart/form-data (RFC 7578): at most one chunk of the file is in memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from playhead.errors import Problem

MAX_PARTS = 8
"""The most parts of a form: it has a file and four options, and a few more do no harm."""
MAX_FIELD_BYTES = 1024
"""The longest value of a field: each is one word."""
MAX_HELD_BYTES = 256 * 1024
"""The most bytes that wait for the end of a header or a boundary; the server's chunks are 64 KiB."""
FEED_BYTES = 64 * 1024
"""The most bytes given to the decoder at a time, whatever the size of a chunk."""


@dataclass(frozen=True, slots=True)
class FieldRead:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FileBegins:
    name: str
    filename: str


@dataclass(frozen=True, slots=True)
class FileData:
    """A piece of the current file; `last`: the file ends with it, and its data may be empty."""

    data: bytes
    last: bool


Part = FieldRead | FileBegins | FileData


async def parts(body: AsyncIterator[bytes], content_type: str) -> AsyncIterator[Part]:
    """The parts of the form, in its order.

    Raises:
        Problem: 400 `malformed`: the form is broken, cut off, or beyond the limits above.
    """
    mimetype, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if mimetype != "multipart/form-data" or not 0 < len(boundary) <= 70 or not boundary.isascii():
        raise _malformed("Send the file as multipart/form-data.")
    decoder = MultipartDecoder(boundary.encode(), MAX_HELD_BYTES, max_parts=MAX_PARTS)
    reader = _Reader(decoder)
    try:
        async for piece in _pieces(body, b"--" + boundary.encode()):
            decoder.receive_data(piece)
            for part in reader.read():
                yield part
        decoder.receive_data(None)
        for part in reader.read():
            yield part
    except (ValueError, UnicodeError):
        raise _malformed("The form is broken or was cut off.") from None
    except RequestEntityTooLarge:
        raise _malformed("The form has too many or too long fields.") from None


async def _pieces(body: AsyncIterator[bytes], delimiter: bytes) -> AsyncIterator[bytes]:
    """The body, cut so that no cut is inside a delimiter or the four bytes after it.

    With such a cut, Werkzeug 3.1.9 counts the line break before the delimiter as a byte of the file.
    """
    held = bytearray()
    async for chunk in body:
        held += chunk
        while (cut := _cut(held, delimiter)) > 0:
            yield bytes(held[:cut])
            del held[:cut]
    yield bytes(held)


def _cut(held: bytearray, delimiter: bytes) -> int:
    around = len(delimiter) + 6
    cut = min(len(held) - around, FEED_BYTES)
    at = held.rfind(delimiter, max(0, cut - around), cut + len(delimiter) + 2)
    return cut if at == -1 else min(cut, max(0, at - 2))


class _Reader:
    """Converts the decoder's events to parts, and joins the pieces of a field."""

    def __init__(self, decoder: MultipartDecoder) -> None:
        self._decoder = decoder
        self._field: str | None = None
        self._value = b""

    def read(self) -> list[Part]:
        found: list[Part] = []
        while not isinstance(event := self._decoder.next_event(), NeedData | Epilogue):
            if isinstance(event, File):
                self._field = None
                # As browsers write it (HTML, multipart/form-data); Werkzeug leaves it.
                found.append(FileBegins(event.name or "", event.filename.replace("%22", '"')))
            elif isinstance(event, Field):
                self._field, self._value = event.name or "", b""
            elif isinstance(event, Data) and self._field is None:
                found.append(FileData(event.data, not event.more_data))
            elif isinstance(event, Data):
                found += self._grow(event)
        return found

    def _grow(self, event: Data) -> list[Part]:
        assert self._field is not None
        self._value += event.data
        if len(self._value) > MAX_FIELD_BYTES:
            raise _malformed(f"A field may have at most {MAX_FIELD_BYTES} bytes.")
        return [] if event.more_data else [FieldRead(self._field, self._value.decode())]


def _malformed(detail: str) -> Problem:
    return Problem(400, "malformed", detail)
