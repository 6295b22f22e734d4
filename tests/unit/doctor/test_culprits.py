"""The table of culprits: each wrong finding has one, each row has a source, and traces put the guilty first."""

import re
from pathlib import Path

from infra.proxies.manners import MANNERS
from infra.proxies.real import REAL

from playhead.doctor.culprits import MOST, Traces, culprits, rows
from playhead.doctor.findings import FindingId

WITHOUT = {FindingId.END_LOST, FindingId.SLOW, FindingId.CLOCK}
"""Notes of which nobody is to blame, or anybody."""
NOTHING = Traces("playhead.example.org", {})
README = (Path(__file__).parents[3] / "infra" / "proxies" / "README.md").read_text()


def test_every_finding_has_a_culprit() -> None:
    assert {finding for row in rows() for finding in row.explains} == set(FindingId) - WITHOUT


def test_every_row_has_one_source_and_what_is_tried_is_in_the_readme() -> None:
    for row in rows():
        assert bool(row.tried) != bool(row.vendor), row.id
        for name in filter(None, row.tried.split("; ")):
            assert name in REAL or name in MANNERS, (row.id, name)
            assert f"| {name} |" in README or f"| `{name}` |" in README, name


def test_ids_are_unique_and_patterns_are_right() -> None:
    assert len({row.id for row in rows()}) == len(rows())
    for row in rows():
        for pattern in (row.host, row.via, *row.response.values()):
            re.compile(pattern or "")
        assert row.change
        assert row.where
        assert row.hidden or row.fallback or row.host or row.via or row.response or row.received, row.id


def test_who_leaves_a_trace_comes_first() -> None:
    seen = Traces("playhead.example.org", {"server": ["nginx/1.22.1"]})
    first, *others = culprits(FindingId.CUT_IDLE, seen)
    assert (first.id, first.recognised) == ("nginx-timeout", "`server: nginx/1.22.1` in the response")
    assert [one.id for one in others] == ["haproxy-timeout"]


def test_fallback_is_named_where_nothing_is_recognised() -> None:
    assert [one.id for one in culprits(FindingId.UPLOAD_LIMIT, NOTHING)] == ["upload"]
    nginx = Traces("", {"server": ["nginx"]})
    assert [one.id for one in culprits(FindingId.UPLOAD_LIMIT, nginx)] == ["nginx-upload"]


def test_row_is_recognised_by_all_of_its_request_headers() -> None:
    apache = Traces("", {}, received=["x-forwarded-server"])
    traefik = Traces("", {}, received=["x-forwarded-server", "x-real-ip"])
    assert culprits(FindingId.HELD, apache)[0].id == "apache"
    assert culprits(FindingId.HELD, traefik)[0].id == "traefik"
    google = Traces("", {}, via="1.1 google")
    assert culprits(FindingId.CUT_TOTAL, google)[0].recognised == "`Via` at the server: 1.1 google"


def test_few_are_named_however_many_are_recognised() -> None:
    everything = {name: ["nginx caddy varnish kong apache squid"] for row in rows() for name in row.response}
    assert len(culprits(FindingId.HELD, Traces("", everything))) == MOST
