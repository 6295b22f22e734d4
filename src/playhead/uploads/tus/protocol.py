"""The headers of tus 1.0: what requests ask, and what responses have. Pure functions."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from werkzeug.datastructures import Headers
from werkzeug.http import http_date

from playhead.errors import Problem
from playhead.sessions.facts import NOTHING_CHOSEN, Options
from playhead.sessions.models import Session
from playhead.uploads import filenames, options
from playhead.uploads.body_guard import too_large

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration"
"""Not `checksum`: a chunk whose sum is wrong would have to be thrown away, and with it what came of one that was cut
off. Not `concatenation`: a recording is one file."""
CONTENT_TYPE = "application/offset+octet-stream"
NUMBER = re.compile(r"[0-9]{1,19}")
"""A length or an offset, which the database stores in 64 bits. `str.isdigit` takes other digits, too."""
KEY = re.compile(r"[!-+\--~]+")
"""A key of the metadata: ASCII without spaces and commas."""
METADATA_BYTES = 4096
"""The longest metadata: a name of 255 letters in base64 has 1,360 bytes at most."""


@dataclass(frozen=True, slots=True)
class Creation:
    """What a request for a new upload asks."""

    length: int
    filename: str
    options: Options


def creation_of(headers: Headers, max_bytes: int, models: Sequence[str]) -> Creation:
    """Reads a request for a new upload.

    Raises:
        Problem: 400 `invalid`, `empty_file`, `bad_language`; 413 `too_large`.
    """
    if "Upload-Defer-Length" in headers:
        raise Problem(400, "invalid", "The length of the file has to be sent from the beginning, in Upload-Length.")
    if "Upload-Concat" in headers:
        raise Problem(400, "invalid", "A file is uploaded as one: there is no Upload-Concat here.")
    length = number_of(headers, "Upload-Length")
    if length > max_bytes:
        raise too_large(max_bytes)
    if length == 0:
        raise Problem(400, "empty_file", "The file is empty.")
    metadata = metadata_of(headers)
    if "filename" not in metadata:
        raise Problem(400, "invalid", "Upload-Metadata has no filename.")
    chosen = NOTHING_CHOSEN
    for name in options.FIELDS & metadata.keys():
        chosen = options.field_of(name, metadata[name], models).applied_to(chosen)
    return Creation(length, filenames.clean(metadata["filename"]), chosen)


def number_of(headers: Headers, name: str) -> int:
    """The length or the offset in a header. Raises Problem 400 `invalid`."""
    values = headers.getlist(name)
    if len(values) != 1 or not NUMBER.fullmatch(values[0]):
        raise Problem(400, "invalid", f"The header {name} has to be a whole number of bytes.")
    return int(values[0])


def metadata_of(headers: Headers) -> dict[str, str]:
    """The metadata of a new upload by their keys. Raises Problem 400 `invalid`."""
    given = ",".join(headers.getlist("Upload-Metadata"))
    if len(given) > METADATA_BYTES:
        raise Problem(400, "invalid", "Upload-Metadata is too long.")
    found: dict[str, str] = {}
    for pair in given.split(",") if given.strip() else ():
        key, _, encoded = pair.strip().partition(" ")
        if not KEY.fullmatch(key) or key in found:
            raise Problem(400, "invalid", "Upload-Metadata has a key that is empty, not ASCII, or there twice.")
        try:
            found[key] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            raise Problem(400, "invalid", f"The value of {key} in Upload-Metadata is not base64 of UTF-8.") from None
    return found


def metadata_header(session: Session) -> str:
    """The metadata of an upload as they are stored: the name as it is shown, and what was chosen."""
    chosen = {name: value for name, value in msgspec.structs.asdict(session.options).items() if value is not None}
    pairs = {"filename": session.filename, **chosen}
    return ",".join(f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in pairs.items())


def expires(moment: datetime) -> str:
    """A time as `Upload-Expires` has it (RFC 9110, 5.6.7)."""
    return http_date(moment)
