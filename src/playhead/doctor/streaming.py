"""What becomes of streams on the way: refused, held back, cut, or delivered. Pure functions."""

from collections.abc import Iterator
from statistics import median

from playhead.doctor.case import HELD_BACK, Case, agreed, own_refusal, time
from playhead.doctor.findings import Finding, FindingId
from playhead.doctor.lasting import agreed_cut
from playhead.doctor.measured import Stream
from playhead.doctor.shapes import Shape, arrived_ms, came_before_end, held, is_in_batches, sent_ms, shape

AS_HELD = {
    FindingId.HELD: "until they end",
    FindingId.HELD_COMPRESSED: "by a compressor: not where no compression is offered",
    FindingId.HELD_SMALL: "until enough bytes have come: large events pass, small ones wait",
    FindingId.HELD_BY_TIME: "and passed on in batches",
}


def streaming(case: Case) -> Iterator[Finding]:
    """The findings about streams."""
    if (age_ms := case.replayed_ms) is not None:
        yield case.found(FindingId.REPLAYED, f"A cache answers: a stream's events are {time(age_ms)} old.")
        return
    match case.seen:
        case Shape.REFUSED:
            yield from _refused(case, case.typical)
        case Shape.HELD | Shape.MUTE:
            finding = _how_held(case)
            tail = "" if case.seen is Shape.MUTE and finding is FindingId.HELD else f" {AS_HELD[finding]}"
            sentence = f"Streams are held back{tail}: {_evidence(case, case.typical)}."
            yield case.found(finding, sentence)
        case Shape.HELD_LATER:
            sentence = f"Streams stop after their first events: {_evidence(case, case.typical)}."
            yield case.found(FindingId.HELD_LATER, sentence)
        case Shape.CUT:
            ended = time(median(one.ended_ms for one in case.main))
            yield case.found(FindingId.CUT_EARLY, f"Streams end after {ended}, before they are over.")
        case Shape.SILENT:
            yield case.found(FindingId.SILENT, "Streams fall silent after their first events, and stay open.")
        case Shape.ONE_BEHIND:
            yield case.found(FindingId.ONE_BEHIND, "Each event waits on the way until the next one comes.")
        case Shape.FLOWS:
            yield from _of_variants(case)
    if case.seen in (Shape.FLOWS, Shape.ONE_BEHIND) and (end := agreed_cut(case.measured.streams)) is not None:
        yield case.found(*end)


def _refused(case: Case, stream: Stream) -> Iterator[Finding]:
    if own_refusal(stream):
        return
    what = f"{stream.status} and {stream.headers.get('content-type', 'no type') or 'no type'}"
    of = [stream.headers]
    if stream.headers.get("cf-mitigated"):
        sentence = f"Requests for streams get a challenge that only a browser's window can solve: {what}."
        yield case.found(FindingId.CHALLENGE, sentence, headers=of)
    elif stream.status < 400:
        sentence = f"Requests for streams get a page or are sent elsewhere, probably to sign in: {what}."
        yield case.found(FindingId.SIGN_IN_PAGE, sentence, headers=of)
    elif stream.status != 401:
        yield case.found(FindingId.ERROR_PAGE, f"Requests for streams get an error: {what}.", headers=of)
    elif case.measured.login != 401:
        yield case.found(FindingId.TOKEN_REFUSED, f"Requests for streams get {what}: no valid token or login came.")


def _how_held(case: Case) -> FindingId:
    if agreed(case.streams("short", "identity"), tries=1) is Shape.FLOWS:
        return FindingId.HELD_COMPRESSED
    large = case.streams("large")
    if large and all(shape(one) in (Shape.HELD_LATER, Shape.FLOWS) for one in large):
        return FindingId.HELD_SMALL
    if any(came_before_end(one) for one in case.measured.streams):
        return FindingId.HELD_BY_TIME
    return FindingId.HELD


def _of_variants(case: Case) -> Iterator[Finding]:
    """What differs between streams of which the usual one flows."""
    large, compressed = case.streams("large"), case.streams("short", "all")
    lasting = [*case.streams("long"), *case.streams("steady")]
    batches = [one for one in lasting if is_in_batches(one)]
    late = agreed(large, among=HELD_BACK | {Shape.HELD_LATER, Shape.SILENT})
    if late not in (None, Shape.FLOWS, Shape.REFUSED, Shape.LEFT):
        evidence = _evidence(case, next(one for one in large if shape(one) is late))
        yield case.found(FindingId.HELD_LATER, f"A stream stops after its first kilobytes: {evidence}.")
    elif batches:
        yield case.found(FindingId.HELD_BY_TIME, f"Events are passed on in batches: {_evidence(case, batches[0])}.")
    if (seen := agreed(compressed)) in HELD_BACK:
        evidence = _evidence(case, next(one for one in compressed if shape(one) is seen))
        sentence = f"Streams are held back where br or zstd is offered: {evidence}."
        yield case.found(FindingId.HELD_COMPRESSED, sentence, headers=[one.headers for one in compressed])
    if agreed(case.streams("short", "any")) in HELD_BACK:
        sentence = "Streams flow only with `Accept: text/event-stream`, which pages and `playhead` send."
        yield case.found(FindingId.ACCEPT_NEEDED, sentence, level="note")


def _evidence(case: Case, stream: Stream) -> str:
    """What was measured of a stream that was held back."""
    if (run := held(stream.events)) is not None:
        return f"{len(run)} events sent over {time(sent_ms(run))} came within {time(arrived_ms(run))}"
    if shape(stream) is Shape.MUTE:
        others = f", while other requests take {time(case.round_trip_ms)}" if case.round_trip_ms else ""
        return f"nothing came within {time(stream.ended_ms)}{others}"
    last_ms = stream.events[-1].arrived_ms if stream.events else stream.first_byte_ms or stream.ended_ms
    return f"of {time(stream.ended_ms)}, nothing came after {time(last_ms)}"
