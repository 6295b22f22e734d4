"""Writes what may be wrong with a proxy, and what to change, as tables: of all culprits, and of one address."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from playhead.doctor.culprits import Row, rows
from playhead.doctor.findings import FindingId, Verdict
from playhead.doctor.measured import Measured

OTHERS = Path(__file__).with_name("others.md")
FINDINGS: Mapping[FindingId, str] = {
    FindingId.QUICK_TUNNEL: "the address is a quick tunnel",
    FindingId.TOKEN_REFUSED: "a token is refused",
    FindingId.CHALLENGE: "a challenge in place of a stream",
    FindingId.SIGN_IN_PAGE: "a page or a redirect in place of a stream",
    FindingId.ERROR_PAGE: "an error in place of a stream",
    FindingId.HELD: "streams are held back until they end",
    FindingId.HELD_COMPRESSED: "streams are held back where compression is offered",
    FindingId.HELD_SMALL: "small events wait until enough bytes have come",
    FindingId.HELD_BY_TIME: "events come in batches",
    FindingId.HELD_LATER: "a stream stops after its first kilobytes",
    FindingId.ONE_BEHIND: "each event waits for the next",
    FindingId.CUT_EARLY: "streams end at once",
    FindingId.CUT_TOTAL: "streams are cut at an age",
    FindingId.CUT_IDLE: "streams are cut in a silence",
    FindingId.CUT: "a stream was cut, at an age or in a silence",
    FindingId.SILENT: "streams fall silent and stay open",
    FindingId.REPLAYED: "a cache answers",
    FindingId.COOKIE_LOST: "cookies do not arrive",
    FindingId.UPLOAD_LIMIT: "uploads are refused",
    FindingId.ACCEPT_NEEDED: "streams flow only with `Accept: text/event-stream`",
    FindingId.COMPRESSED: "streams are compressed, and flow",
    FindingId.HEADERS_REMOVED: "headers are removed",
    FindingId.HTTP_1_0: "the server gets HTTP/1.0",
    FindingId.END_LOST: "a stream's end is not passed on",
    FindingId.DELAYED: "each event is delayed by as much",
    FindingId.SLOW: "the way is slow",
    FindingId.CLOCK: "the clocks differ",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def others() -> str:
    """The table of all culprits."""
    head = ("who", "what the doctor finds", "recognised by", "what to change", "where", "source")
    return table(head, map(_row, rows()))


def _row(one: Row) -> Sequence[str]:
    found = "; ".join(FINDINGS[finding] for finding in one.explains)
    unseen = f"no trace: {one.apart}" if one.apart else "no trace"
    source = f"tried: {one.tried}" if one.tried else f"vendor: {one.vendor}"
    cells = (one.name, found, _trace(one) or unseen, one.change, one.where, source)
    return [cell.replace("|", "\\|") for cell in cells]


def _trace(one: Row) -> str:
    traces = [f"`{name}`" if not pattern else f"`{name}`: {pattern}" for name, pattern in one.response.items()]
    if one.received:
        traces.append(f"at the server {' and '.join(f'`{name}`' for name in one.received)}")
    traces += [
        f"{what} {pattern}" for what, pattern in (("host", one.host), ("`Via` at the server", one.via)) if pattern
    ]
    return " or ".join(traces)


def of_address(measured: Measured, verdict: Verdict) -> str:
    """The row of one address, for the table of README.md's real proxies."""
    head = ("proxy", "first event", "second frame", "compressed", "findings", "likely")
    flow = next((one for one in measured.streams if one.pattern in ("short", "public") and len(one.events) > 1), None)
    times = ["held", ""]
    if flow is not None and "held" not in " ".join(one.id for one in verdict.findings):
        first, second = flow.events[:2]
        times = [f"{first.arrived_ms / 1000:.2f} s", f"{(second.arrived_ms - first.arrived_ms) / 1000:.2f} s"]
    encoding = flow.headers.get("content-encoding", "") if flow is not None else ""
    found = ", ".join(one.id for one in verdict.findings)
    likely = ", ".join(dict.fromkeys(one.culprits[0].name for one in verdict.findings if one.culprits))
    return table(head, [(measured.url, *times, encoding, found, likely)])
