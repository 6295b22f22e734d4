"""What `playhead doctor` prints: what was measured, the verdict, and what to change."""

from collections.abc import Iterator
from statistics import median

from playhead.doctor.findings import Culprit, Finding, Verdict
from playhead.doctor.measured import Measured, Stream
from playhead.doctor.shapes import arrived_ms, sent_ms, shape

WIDTH = 22
GO_ON = 100
NAMES = {
    ("short", "page"): "small events",
    ("public", "page"): "small events",
    ("short", "identity"): "no compression offered",
    ("short", "all"): "br and zstd offered",
    ("short", "any"): "Accept: */*",
    ("large", "page"): "an event of 9 KB",
    ("long", "page"): "heartbeats each 15 s",
    ("steady", "page"): "events each 2.5 s",
}


def text(measured: Measured, verdict: Verdict) -> str:
    """All of it about one address."""
    parts = [measured.url, *(f"  {name:{WIDTH}}  {value}" for name, value in _measured(measured))]
    if not any(found.level == "wrong" for found in verdict.findings):
        parts += ["", verdict.sentence]
    for found in verdict.findings:
        parts += ["", *_finding(found)]
    if verdict.untested:
        parts += ["", *verdict.untested]
    return "\n".join(parts)


def difference(found: list[Finding], here: str, past: str) -> str:
    """What lies between two addresses."""
    if not found:
        return f"{here} shows nothing that {past} does not show as well: look beyond {past}."
    return "\n".join([f"Between {here} and {past}:", *(f"  {one.sentence}" for one in found)])


def _finding(found: Finding) -> Iterator[str]:
    yield f"{found.level.upper()}: {found.sentence}"
    for number, culprit in enumerate(found.culprits, start=1):
        yield from _culprit(number, culprit)


def _culprit(number: int, culprit: Culprit) -> Iterator[str]:
    trace = f", recognised by {culprit.recognised}" if culprit.recognised else ""
    yield f"  {number}. {culprit.name}{trace}"
    yield f"     change: {culprit.change}"
    yield f"     where:  {culprit.where}"
    if culprit.apart:
        yield f"     apart:  {culprit.apart}"
    source = "tried here: row" if culprit.source.kind == "tried" else "not tried here; see"
    yield f"     source: {source} {culprit.source.of}"


def _measured(measured: Measured) -> Iterator[tuple[str, str]]:
    received, upload, clock = measured.received, measured.upload, measured.clock_ms
    if measured.round_trips_ms:
        yield "small requests", f"{median(measured.round_trips_ms):.0f} ms"
    versions = {one.http_version for one in measured.streams if one.http_version}
    if versions:
        at_server = f"; HTTP/{received.http_version} at the server" if received else ""
        yield "protocol", f"HTTP/{', '.join(sorted(versions))}{at_server}"
    for one in measured.streams:
        yield NAMES[one.pattern, one.variant], _stream(one)
    if received is not None:
        yield "added to requests", ", ".join(received.added) or "nothing"
        arrived = {"Origin": received.origin, "Cookie": received.cookie}
        lost = [name for name in measured.sent if not arrived.get(name, received.header)]
        yield "lost of requests", ", ".join(lost) or "nothing"
    if upload is not None and upload.status:
        passes = upload.is_ours or upload.status == GO_ON
        word = "not refused on the way" if passes else f"refused on the way ({upload.status})"
        yield "upload announced", f"{upload.asked_bytes / 1e6:.0f} MB: {word}"
    if clock is not None:
        yield "clock of the server", f"{clock[0]:+.0f} ms, give or take {clock[1]:.0f}"


def _stream(stream: Stream) -> str:
    encoding = stream.headers.get("content-encoding", "")
    coded = f", {encoding}" if encoding else ""
    if not stream.events:
        return f"{shape(stream)}: status {stream.status or 'none'}, after {stream.ended_ms / 1000:.1f} s{coded}"
    first, count = stream.events[0].arrived_ms, len(stream.events)
    times = f"{count} sent over {_s(sent_ms(stream.events))} came within {_s(arrived_ms(stream.events))}"
    return f"{shape(stream)}: the first after {first:.0f} ms, {times}, {stream.end} at {_s(stream.ended_ms)}{coded}"


def _s(ms: float) -> str:
    return f"{ms / 1000:.2f} s"
