"""A parser of event streams, written from the WHATWG HTML standard, §9.2.6, independently of Playhead's code."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    """One event as a browser dispatches it."""

    event: str
    data: str
    last_event_id: str


class Parser:
    """Parses a whole stream; an event without its empty line is discarded, as the standard requires."""

    def __init__(self) -> None:
        self.reconnection_ms: int | None = None

    def parse(self, stream: bytes) -> Iterator[Received]:
        text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
        data, event, last_event_id = "", "", ""
        for line in _lines(text):
            if line == "":
                if data != "":
                    yield Received(event or "message", data.removesuffix("\n"), last_event_id)
                data, event = "", ""
                continue
            if line.startswith(":"):
                continue
            field, colon, value = line.partition(":")
            if colon:
                value = value.removeprefix(" ")
            if field == "event":
                event = value
            elif field == "data":
                data += value + "\n"
            elif field == "id" and "\0" not in value:
                last_event_id = value
            elif field == "retry" and value.isascii() and value.isdigit():
                self.reconnection_ms = int(value)


def parse(stream: bytes) -> list[Received]:
    return list(Parser().parse(stream))


def _lines(text: str) -> Iterator[str]:
    """Splits at all three line ends; drops a last line without an end."""
    *lines, _ = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    yield from lines
