"""The verdict: from what a probe measured to what is wrong, and what may be the cause. Pure functions.

Whether streams are held back is judged by the times of events alone (`shapes`); headers choose among the culprits.
"""

import re
from collections.abc import Iterator

from playhead.doctor.case import Case, own_refusal, time
from playhead.doctor.findings import Finding, FindingId, Verdict
from playhead.doctor.lasting import agreed_cut, cuts
from playhead.doctor.measured import Measured, Stream
from playhead.doctor.requests import notes, requests
from playhead.doctor.shapes import Shape, shape
from playhead.doctor.streaming import streaming

QUICK_TUNNEL = r"\.trycloudflare\.com$"
IN_ORDER = list(FindingId)
UNAUTHORIZED = 401
WITHOUT_LOGIN = "Streams of several patterns, headers, cookie, clock and upload limit were not measured"


def verdict(measured: Measured) -> Verdict:
    """What is wrong with the way to this address."""
    case = Case(measured)
    findings = sorted(_findings(case), key=lambda found: IN_ORDER.index(found.id))
    wrong = [found for found in findings if found.level == "wrong"]
    flows = case.seen is Shape.FLOWS
    sentence = "It is not certain how streams go: see what was not measured."
    if wrong:
        sentence = wrong[0].sentence
    elif flows:
        first_ms = min(_first_ms(one) for one in case.main)
        sentence = f"Nothing is wrong: events arrive as they are sent, the first after {time(first_ms)}."
    return Verdict(not wrong and flows, sentence, findings, list(_untested(case)))


def _findings(case: Case) -> Iterator[Finding]:
    if re.search(QUICK_TUNNEL, case.host):
        yield case.found(FindingId.QUICK_TUNNEL, "A Cloudflare quick tunnel holds every stream back to its end.")
    yield from requests(case)
    yield from streaming(case)
    yield from notes(case)


def _untested(case: Case) -> Iterator[str]:
    measured = case.measured
    if measured.received is None and not case.streams("short"):
        refused = "the token was refused" if measured.login == UNAUTHORIZED else "the site did not answer for it"
        yield f"{WITHOUT_LOGIN}: {refused if measured.login else 'that needs a token'}."
    elif measured.upload is None or not measured.upload.status:
        yield "The upload limit was not measured."
    if not case.main:
        yield "No stream was asked for."
    elif case.seen is None:
        shapes = ", ".join(shape(one) for one in case.main)
        yield f"The streams differ, or one alone went wrong ({shapes}): measure again."
    elif case.seen is Shape.REFUSED and (refusal := own_refusal(case.typical)):
        yield refusal
    elif case.seen is Shape.LEFT:
        yield "The server ended the streams for newer ones of yours, or restarts: end other doctors, and measure again."
    if case.seen is Shape.FLOWS and not case.streams("long") and not case.streams("steady"):
        how = " (`--long`)" if measured.probe == "cli" else ""
        yield f"How long a stream may last was not measured: that takes two minutes{how}."
    elif any(cuts(measured.streams)) and agreed_cut(measured.streams) is None:
        yield "A stream that lasts ended early, but only once, or differently each time: measure again."


def _first_ms(stream: Stream) -> float:
    """The time until the first event, or the first byte of a stream that cannot be read."""
    return stream.events[0].arrived_ms if stream.events else (stream.first_byte_ms or stream.ended_ms)
