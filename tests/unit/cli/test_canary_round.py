"""A canary's round: what each leg finds, what is reported of it, and what becomes of a site that refuses."""

from typing import Any

import httpx
import msgspec
import pytest

from playhead.cli.canary_round import Round, run_round
from playhead.errors import Problem
from playhead.monitoring.watches.telemetry import Telemetry
from tests.unit.cli.canary_site import ADDRESS, ALLOWED, CALM, MUTE, NEVER, ORIGIN, SESSION_ID, CanarySite

PASSED = ("passed", "")


async def round_at(site: CanarySite) -> Round:
    patience = MUTE if site.is_mute else CALM if site.is_final else NEVER
    return await run_round(ADDRESS, "ph_1", site.connect, patience)


def legs(found: Round) -> dict[str, tuple[str, str]]:
    return {leg.name: (leg.outcome, leg.why) for leg in found.legs}


@pytest.mark.parametrize(
    ("given", "outcome", "stream", "poll"),
    [
        ({}, "passed", PASSED, PASSED),
        ({"may_wait": False}, "passed", PASSED, PASSED),
        ({"is_mute": True}, "failed", ("failed", "mute"), PASSED),
        ({"late_s": 4.0}, "failed", ("failed", "late"), PASSED),
        ({"is_final": False}, "failed", ("failed", "no_final"), ("failed", "no_final")),
        ({"transport": "poll; reason=kill_switch"}, "passed", ("not_allowed", "kill_switch"), PASSED),
        ({"transport": "wait; reason=buffered"}, "passed", ("not_allowed", "buffered"), PASSED),
        ({"lines": 0}, "failed", PASSED, ("failed", "no_words")),
    ],
)
async def test_round_ends_as_its_legs_do(
    given: dict[str, Any], outcome: str, stream: tuple[str, str], poll: tuple[str, str]
) -> None:
    site = CanarySite(**given)
    found = await round_at(site)
    assert (found.outcome, legs(found)) == (outcome, {"stream": stream, "poll": poll})
    told = {name: {"outcome": leg[0], "why": leg[1]} for name, leg in (("stream", stream), ("poll", poll))}
    assert site.posted(f"canary/{SESSION_ID}/outcome") == [told]
    assert found.sentence.startswith(f"{outcome}: stream ")
    assert "\n" not in found.sentence


async def test_reports_are_those_of_a_page() -> None:
    site = CanarySite()
    await round_at(site)
    stream, poll = (msgspec.convert(body, Telemetry) for body in site.posted("telemetry"))
    assert (stream.transport, poll.transport) == ("stream", "wait")
    assert stream.page != poll.page
    for one in (stream, poll):
        assert (one.session_id, one.seq, one.end) == (SESSION_ID, 1, True)
        assert one.final_lag_ms is not None
        assert one.report.watched_s >= one.report.fresh_s > 0
        assert one.allowed[0] == one.report.watched_s
        assert one.rtt_ms is not None
    assert stream.lag_ms.stream is not None
    assert sum(stream.lag_ms.stream[:-1]) == 3
    assert (stream.mutes, stream.stalls, stream.first_event_ms is not None) == (0, 0, True)


async def test_mute_stream_is_reported_as_no_fresh_second_of_its_path() -> None:
    site = CanarySite(is_mute=True)
    await round_at(site)
    stream = msgspec.convert(site.posted("telemetry")[0], Telemetry)
    assert (stream.mutes, stream.proven) == (1, 0)
    assert stream.report.watched_s > 0
    assert stream.report.fresh_s == 0


@pytest.mark.parametrize(("word", "late_s", "count"), [("off", 4.0, 0), ("harms", 0.0, 0), ("harms", 4.0, 1)])
async def test_reports_only_what_the_site_wants(word: str, late_s: float, count: int) -> None:
    site = CanarySite(telemetry=word, late_s=late_s)
    await round_at(site)
    assert len(site.posted("telemetry")) == count


async def test_stream_by_ticket_shows_its_host_no_token() -> None:
    site = CanarySite(transport=f"{ALLOWED}; via=ticket")
    found = await round_at(site)
    assert legs(found) == {"stream": PASSED, "poll": PASSED}
    (elsewhere,) = (one for one in site.asked if str(one.url).startswith(ORIGIN))
    assert elsewhere.url.params["ticket"] == "t"
    assert "Authorization" not in elsewhere.headers
    assert all("Authorization" in one.headers for one in site.asked if one is not elsewhere)


async def test_what_failed_by_ticket_counts_for_the_stream_origin() -> None:
    site = CanarySite(transport=f"{ALLOWED}; via=ticket", is_mute=True)
    await round_at(site)
    stream = msgspec.convert(site.posted("telemetry")[0], Telemetry)
    assert (stream.mutes, stream.mutes_by_ticket, stream.outcome) == (1, 1, None)


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (httpx.ConnectError("no"), "no"),
        (httpx.Response(503, json={"code": "database_gone", "detail": "Away."}), "it answers 503: Away."),
        (httpx.Response(502, text="<html>"), "it answers 502: The server refuses: 502 Bad Gateway."),
        (httpx.Response(404, text="<html>"), "it answers 404: The server refuses: 404 Not Found."),
        (httpx.Response(404, json={"code": "not_found", "detail": "Nothing."}), "it answers 404: Nothing."),
        (httpx.Response(200, text="<html>"), "it answers 200: What answers is not a Playhead."),
        (
            httpx.Response(301, headers={"Location": "https://playhead.test/api/v1/canary"}),
            "it answers 301: the site is at https://playhead.test; give the canary this address.",
        ),
        (
            httpx.Response(302, headers={"Location": "https://sign.in/"}),
            "it answers 302: The server refuses: 302 Found.",
        ),
    ],
)
async def test_site_without_an_answer_is_unreachable(refusal: httpx.Response | Exception, why: str) -> None:
    found = await round_at(CanarySite(refusal=refusal))
    assert (found.outcome, found.why) == ("unreachable", why)


async def test_stream_is_opened_again_where_a_process_ends() -> None:
    found = await round_at(CanarySite(full=["draining"]))
    assert legs(found) == {"stream": PASSED, "poll": PASSED}


async def test_process_without_room_for_a_stream_is_no_failure() -> None:
    found = await round_at(CanarySite(full=["at_capacity"]))
    assert legs(found) == {"stream": ("not_allowed", "at_capacity"), "poll": PASSED}


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, "not_signed_in", "user token EMAIL --scope canary"),
        (403, "token_scope", "user token EMAIL --scope canary"),
        (403, "account_disabled", "user enable EMAIL"),
    ],
)
async def test_refused_token_ends_the_canary_and_says_what_to_do(status: int, code: str, advice: str) -> None:
    refusal = httpx.Response(status, json={"code": code, "detail": "No."})
    with pytest.raises(Problem, match=advice):
        await round_at(CanarySite(refusal=refusal))


async def test_account_whose_canary_is_under_way_skips_a_round() -> None:
    site = CanarySite(refusal=httpx.Response(429, headers={"Retry-After": "0"}, json={"code": "x", "detail": "Wait."}))
    found = await round_at(site)
    assert (found.outcome, len(site.asked)) == ("skipped", 2)


async def test_round_as_json_has_both_legs() -> None:
    document = msgspec.to_builtins((await round_at(CanarySite(transport=ALLOWED))).document(ADDRESS))
    assert (document["outcome"], document["stream"]["mode"], document["poll"]["mode"]) == ("passed", "stream", "wait")
    assert len(document["stream"]["lags_ms"]) == 3
