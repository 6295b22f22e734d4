"""Encoding of Server-Sent Events: pure, and tested with the examples of the WHATWG HTML standard, §9.2."""

import re
from dataclasses import dataclass

LINE_END = re.compile("\r\n|\r|\n")
"""All three end a line for a parser, so each must become a `data:` line of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `retry_ms` is the reconnection time for a browser that reconnects by itself."""

    event: str | None = None
    data: str | None = None
    id: str | None = None
    retry_ms: int | None = None


def encode(event: Event) -> bytes:
    """The event's block, with the empty line that dispatches it.

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
