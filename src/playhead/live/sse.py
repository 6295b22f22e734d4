"""Encodes Server-Sent Events as in the WHATWG HTML standard, §9.2, whose examples are its tests."""

import re
from dataclasses import dataclass

LINE_END = re.compile("\r\n|\r|\n")
"""Each of the three ends a line for a parser, so the text after it needs a `data:` line of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `retry_ms` is the reconnection time for a browser that reconnects by itself."""

    event: str | None = None
    data: str | None = None
    id: str | None = None
    retry_ms: int | None = None


def encode(event: Event) -> bytes:
    """Encode an event, with the empty line that dispatches it.

    Raises:
        ValueError: `event` or `id` holds a line end or NUL, which would forge other fields or be ignored.
    """
    lines = []
    if event.retry_ms is not None:
        lines.append(f"retry: {event.retry_ms}")
    for field, value in (("event", event.event), ("id", event.id)):
        if value is not None:
            if LINE_END.search(value) or "\0" in value:
                raise ValueError(f"{field} must be one line without NUL")
            lines.append(f"{field}: {value}")
    if event.data is not None:
        lines.extend(f"data: {line}" for line in LINE_END.split(event.data))
    return ("\n".join(lines) + "\n\n").encode()
