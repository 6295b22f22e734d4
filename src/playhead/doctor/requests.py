"""What becomes of requests and headers on the way, and what is worth a note about streams that flow. Pure functions."""

from collections.abc import Iterator, Sequence

from playhead.doctor.case import TRIES, Case, time
from playhead.doctor.findings import Finding, FindingId
from playhead.doctor.measured import Measured, Stream
from playhead.doctor.shapes import Shape, delay_ms, is_stream, shape

SLOW_MS = 2000.0
"""The least delay that 9 KB cause on a way that is too slow for a page: of 4.5 KB a second."""
CLOCK_MS = 5000.0
"""Clocks that differ by more are wrong: Playhead corrects them, other programs may not."""
REFUSED_SIZE = 413


def requests(case: Case) -> Iterator[Finding]:
    """The findings about requests."""
    measured = case.measured
    if measured.login == 401:
        yield case.found(FindingId.TOKEN_REFUSED, "The server answers 401: it got no valid token or login.")
    if (received := measured.received) is not None:
        if "Cookie" in measured.sent and not received.cookie:
            yield case.found(FindingId.COOKIE_LOST, "Cookies do not arrive: nobody can sign in on the page.")
        if received.http_version == "1.0":
            sentence = "The last proxy speaks HTTP/1.0 to the server, which knows no chunks: 1.1 is better."
            yield case.found(FindingId.HTTP_1_0, sentence, level="note")
    if lost := _lost_headers(measured):
        yield case.found(FindingId.HEADERS_REMOVED, f"Headers are removed on the way: {', '.join(lost)}.", level="note")
    upload = measured.upload
    if upload is not None and upload.status == REFUSED_SIZE and not upload.is_ours:
        sentence = f"Uploads of {_size(upload.asked_bytes)}, which the server takes, are refused on the way (413)"
        passed = f"; {_size(upload.passed_bytes)} pass" if upload.passed_bytes else ""
        yield case.found(FindingId.UPLOAD_LIMIT, f"{sentence}{passed}.", headers=[upload.headers])
    if measured.clock_ms is not None:
        offset_ms, error_ms = measured.clock_ms
        if abs(offset_ms) - error_ms > CLOCK_MS:
            side = "behind" if offset_ms > 0 else "ahead of"
            sentence = f"The clock here is {time(abs(offset_ms))} {side} the server's."
            yield case.found(FindingId.CLOCK, sentence, level="note")


def notes(case: Case) -> Iterator[Finding]:
    """What is worth a note about streams that flow."""
    flowing = [one for one in case.measured.streams if is_stream(one) and shape(one) is Shape.FLOWS]
    for one in flowing:
        if (encoding := one.headers.get("content-encoding", "identity")) != "identity":
            sentence = f"Something compresses streams with {encoding}, and flushes each event."
            yield case.found(FindingId.COMPRESSED, sentence, level="note")
            break
    if any(one.end == "open" for one in flowing):
        sentence = "A stream's connection stays open behind its last event."
        yield case.found(FindingId.END_LOST, sentence, level="note")
    delays = [ms for one in flowing if one.pattern == "short" and (ms := delay_ms(one.events)) is not None]
    if len(delays) >= TRIES:
        yield case.found(FindingId.DELAYED, f"Each event waits on the way for {time(min(delays))}.", level="note")
    if (slow := _slow_ms(case.streams("large"))) is not None:
        yield case.found(FindingId.SLOW, f"The way is slow: 9 KB take {time(slow)}.", level="note")


def _lost_headers(measured: Measured) -> list[str]:
    streams = [one for one in measured.streams if is_stream(one)]
    lost = ["Cache-Control"] if streams and not any("cache-control" in one.headers for one in streams) else []
    received = measured.received
    if received is None:
        return lost
    arrived = {"Origin": received.origin, "Cookie": True}
    return lost + [name for name in measured.sent if not arrived.get(name, received.header)]


def _slow_ms(large: Sequence[Stream]) -> float | None:
    """The time that the filler took; None: less than matters."""
    for stream in large:
        if len(stream.events) > 1 and shape(stream) is Shape.FLOWS:
            first, second = stream.events[:2]
            took = (second.arrived_ms - first.arrived_ms) - (second.sent_at - first.sent_at)
            if took > SLOW_MS:
                return took
    return None


def _size(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"
