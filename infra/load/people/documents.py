"""Reads what a reader gets: the events of a stream, patches, and the time of a status."""

import json
from datetime import datetime
from typing import Any

Document = dict[str, Any]
FINAL = frozenset({"completed", "failed", "canceled"})
"""States after which nothing comes (CONTRACT.md, §2)."""


def event(block: bytes) -> tuple[str, Document]:
    """Parses one event of a stream, with its blank line: its name (empty: none) and its JSON."""
    name, data = "", []
    for line in block.decode().splitlines():
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            data.append(value)
    return name, json.loads("\n".join(data)) if data else {}


def patched(document: Document, patch: Document) -> Document:
    """Applies a merge patch (RFC 7396) of a status, which has no nested parts but `error`, sent whole."""
    return {name: value for name, value in (document | patch).items() if value is not None}


def published_s(document: Document) -> float:
    """Returns when a status was made, in seconds since 1970: its `updated_at`, which has whole milliseconds."""
    return datetime.fromisoformat(document["updated_at"]).timestamp()
