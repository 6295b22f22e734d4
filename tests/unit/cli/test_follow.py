"""Following a session: by stream, by waiting, by polling, past everything that can go wrong on the way."""

import asyncio
from dataclasses import replace
from functools import partial

import httpx
import pytest

from playhead.cli.follow import STREAMS_LOST, Follower, Timings, Unreachable
from playhead.cli.server import Status
from playhead.errors import Problem
from tests.unit.cli.rude_server import BROKEN, MUTE, Answer, Script, event, goodbye, hello, polled, status, stream

FINAL = status(9, "completed")


IMPATIENT = Timings(first_event_s=0.05, pause_s=0.001)


async def versions(script: Script, timings: Timings = IMPATIENT) -> list[int]:
    """What a person was shown, up to the final status."""
    shown: list[Status] = []
    async with script.client() as http, asyncio.timeout(10):
        final = await Follower(http, "1", shown.append, timings).follow()
    assert final == shown[-1]
    return [one.version for one in shown]


async def test_a_stream_to_its_end() -> None:
    said = [event("status", status(1)), event("heartbeat", "{}"), event("status", status(1)), event("status", FINAL)]
    script = Script([stream(hello(), *said, goodbye("final", "none"))])
    assert await versions(script) == [1, 9]
    assert script.asked == ["stream"]


async def test_stream_is_asked_for_by_its_type() -> None:
    """Some antivirus and proxies deliver events at once to this header alone."""
    script = Script([stream(hello(), event("status", FINAL))])
    await versions(script)
    assert script.requests[0].headers["Accept"] == "text/event-stream"


async def test_a_stream_that_ends_early_goes_on_from_the_last_version() -> None:
    first = stream(hello(), event("status", status(4)), goodbye("max_age", "stream"))
    script = Script([first, stream(hello(), event("status", FINAL))])
    assert await versions(script) == [4, 9]
    assert [request.headers.get("Last-Event-ID") for request in script.requests] == [None, "4"]


@pytest.mark.parametrize("reason", ["kill_switch", "flag_off", "buffered", "at_capacity"])
async def test_a_goodbye_to_polling_is_obeyed(reason: str) -> None:
    first = stream(hello(), event("status", status(4)), goodbye(reason, "poll"))
    assert await versions(Script([first], [lambda: polled(status(5)), lambda: polled(FINAL)])) == [4, 5, 9]


async def test_stream_that_was_replaced_is_not_opened_again() -> None:
    first = stream(hello(), event("status", status(4)), goodbye("replaced", "wait"))
    script = Script([first], [lambda: polled(status(5), "stream; reason=flag_on"), lambda: polled(FINAL)])
    assert await versions(script) == [4, 5, 9]
    assert script.asked == ["stream", "status", "status"]


REFUSALS = {
    "not allowed": httpx.Response(204),
    "too many": httpx.Response(429),
    "full": httpx.Response(503),
    "a login page": httpx.Response(200, text="<html>"),
    "cut": httpx.ReadError(""),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_no_stream_means_polling(refusal: httpx.Response | Exception) -> None:
    script = Script([refusal], [lambda: polled(status(1)), lambda: polled(None, code=304), lambda: polled(FINAL)])
    assert await versions(script) == [1, 9]
    assert script.asked == ["stream", "status", "status", "status"]
    assert script.requests[-1].headers["If-None-Match"] == '"an etag"'


@pytest.mark.parametrize("frames", [[MUTE], [hello(0.001), event("status", status(1)), MUTE]], ids=["never", "no more"])
async def test_a_mute_stream_is_left_and_not_tried_again(frames: list[str]) -> None:
    script = Script([stream(*frames)], [lambda: polled(status(2), "stream; reason=flag_on"), lambda: polled(FINAL)])
    assert (await versions(script))[-2:] == [2, 9]
    assert script.asked == ["stream", "status", "status"]


async def test_streams_again_when_the_server_says_so_but_not_for_ever() -> None:
    """Each of them is cut; after three, polling is what works."""
    cut = [stream(hello(), BROKEN) for _ in range(STREAMS_LOST)]
    documents = [status(1)] * STREAMS_LOST + [FINAL]
    script = Script(cut, [partial(polled, document, "stream; reason=flag_on") for document in documents])
    assert await versions(script) == [1, 9]
    assert script.asked == ["stream", "status"] * STREAMS_LOST + ["status"]


async def test_waits_where_the_server_offers_it() -> None:
    polls = [lambda: polled(status(1), "wait; reason=flag_off"), lambda: polled(FINAL, "wait; reason=flag_off")]
    script = Script([httpx.Response(204)], polls)
    assert await versions(script) == [1, 9]
    assert [request.headers.get("Prefer") for request in script.requests] == [None, None, "wait=20"]


@pytest.mark.parametrize(
    ("held", "prefers"), [(True, ["wait=20", "wait=20"]), (False, ["wait=20", None])], ids=["allowed", "refused"]
)
async def test_waits_if_it_may_where_pages_stream_by_ticket(held: bool, prefers: list[str | None]) -> None:
    def answer(document: str) -> httpx.Response:
        response = polled(document, "stream; reason=flag_on; via=ticket")
        response.headers.update({"Preference-Applied": "wait=20"} if held else {})
        return response

    polls = [lambda: answer(status(1)), lambda: answer(status(2)), lambda: answer(FINAL)]
    script = Script([httpx.Response(204)], polls)
    assert await versions(script) == [1, 2, 9]
    assert script.asked == ["stream", "status", "status", "status"]
    assert [request.headers.get("Prefer") for request in script.requests] == [None, None, *prefers]


async def test_a_server_that_is_away_for_a_while_is_waited_for() -> None:
    away: list[Answer] = [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(502)]
    script = Script(
        [httpx.ConnectError("refused")], [partial(next, iter([answer])) for answer in [*away, polled(FINAL)]]
    )
    assert await versions(script) == [9]


async def test_a_server_that_stays_away_is_given_up() -> None:
    script = Script([httpx.ConnectError("refused")], [lambda: httpx.ConnectError("refused")])
    with pytest.raises(Unreachable):
        await versions(script, replace(IMPATIENT, lost_s=0.01))


async def test_a_token_that_is_taken_back_ends_it() -> None:
    with pytest.raises(Problem, match="does not hold any more"):
        await versions(Script([stream(hello(), goodbye("signed_out", "none"))]))


async def test_a_session_that_is_deleted_ends_it() -> None:
    gone = httpx.Response(404, json={"status": 404, "code": "session_not_found", "detail": "There is no such session."})
    with pytest.raises(Problem, match=r"There is no such session\."):
        await versions(Script([gone]))
