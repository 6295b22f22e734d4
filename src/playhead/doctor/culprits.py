"""Finds in the table `culprits.toml` what may be the cause of a finding."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from playhead.doctor.findings import Culprit, FindingId, Source

TABLE = Path(__file__).with_name("culprits.toml")
MOST = 5
"""Culprits of one finding: who has to look at more looks at none."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table, which describes its fields."""

    id: str
    name: str
    explains: list[FindingId]
    change: str
    where: str
    host: str | None = None
    via: str | None = None
    response: dict[str, str] = {}
    received: list[str] = []
    hidden: bool = False
    fallback: bool = False
    apart: str = ""
    tried: str = ""
    vendor: str = ""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    culprit: list[Row]


class Traces(msgspec.Struct, frozen=True):
    """What is seen of the proxies on a path.

    Args:
        host: that was asked.
        headers: of responses, by their names in small letters: all values that were seen.
        received: the names of request headers that arrived, `via` the proxies that named themselves to the server.
    """

    host: str
    headers: Mapping[str, Sequence[str]]
    received: Sequence[str] = ()
    via: str = ""


@cache
def rows() -> Sequence[Row]:
    """The table. Raises msgspec.ValidationError: it is not as described."""
    return msgspec.toml.decode(TABLE.read_bytes(), type=_Table).culprit


def culprits(finding: FindingId, traces: Traces) -> list[Culprit]:
    """What may be the cause of a finding, the likeliest first."""
    explaining = [(row, _recognised(row, traces)) for row in rows() if finding in row.explains]
    certain = [_culprit(row, trace) for row, trace in explaining if trace]
    hidden = [_culprit(row, "") for row, trace in explaining if row.hidden and not trace]
    others = [_culprit(row, "") for row, _ in explaining if row.fallback] if not certain else []
    return [*certain, *hidden, *others][:MOST]


def _recognised(row: Row, traces: Traces) -> str:
    """By what a culprit is recognised; empty: it is not."""
    for name, pattern in row.response.items():
        for value in traces.headers.get(name, ()):
            if re.search(pattern, value, re.IGNORECASE):
                return f"`{name}: {value}` in the response"
    if row.received and set(row.received) <= set(traces.received):
        return f"`{'`, `'.join(row.received)}` in the request as it arrived at the server"
    seen = ((row.host, traces.host, "the host"), (row.via, traces.via, "`Via` at the server"))
    for wanted, value, what in seen:
        if wanted is not None and re.search(wanted, value, re.IGNORECASE):
            return f"{what}: {value}"
    return ""


def _culprit(row: Row, recognised: str) -> Culprit:
    return Culprit(
        id=row.id,
        name=row.name,
        recognised=recognised,
        change=row.change,
        where=row.where,
        apart=row.apart,
        source=Source("tried", row.tried) if row.tried else Source("vendor", row.vendor),
    )
