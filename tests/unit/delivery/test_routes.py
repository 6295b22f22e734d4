"""The status routes, over HTTP: what they answer, and with which headers."""

import asyncio
import contextlib

import pytest
from msgspec import json
from quart import Quart, g
from quart.typing import TestClientProtocol as Client
from werkzeug.datastructures import Headers

from playhead.delivery.routes import routes
from playhead.errors import Problem, session_not_found
from playhead.flags.answers.gate import StreamAnswer
from playhead.live.broker.ports import Published, topic_of
from playhead.live.poll import POLL_DELAY_MS
from playhead.sessions.status import Stage, Status, decode
from tests.support.event_stream import Received, parse
from tests.support.fakes import a_status
from tests.support.waiting import async_until
from tests.unit.delivery.world import ADA, LOGIN, PER_PROCESS, World

STATUS, STREAM = "/sessions/s/status", "/sessions/s/status/stream"


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> Client:
    """Ada's, who owns the session `s`."""

    async def own_status(session_id: str, owner_id: str) -> Status:
        if session_id != "s":
            raise session_not_found()
        return await world.store.read(session_id)

    app = Quart(__name__)
    app.url_map.converters["id"] = app.url_map.converters["default"]  # which ids are any is a matter of `test_ids.py`
    app.register_blueprint(routes(world.delivery(own_status)))

    @app.before_request
    async def sign_in() -> None:
        g.user, g.login = ADA, LOGIN

    @app.errorhandler(Problem)
    async def problem(error: Problem) -> tuple[dict[str, object], int, dict[str, str]]:
        return error.document(), error.status, {"Retry-After": str(error.retry_after_s)}

    return app.test_client()


async def stream(client: Client, query: str = "", **headers: str) -> tuple[int, Headers, list[Received]]:
    """The whole of a stream that ends by itself."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await client.get(STREAM + query, headers=given)
    return response.status_code, response.headers, parse(await response.get_data(as_text=False))


def names(events: list[Received]) -> list[str]:
    return [event.event for event in events]


async def test_status_is_answered_with_its_tag_and_when_to_ask_again(world: World, client: Client) -> None:
    response = await client.get(STATUS)
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert decode(await response.get_data(as_text=False)) == world.store.status
    assert response.headers["Playhead-Transport"] == "stream; reason=flag_on"
    assert 0.8 * POLL_DELAY_MS < int(response.headers["Playhead-Poll-After-Ms"]) < 1.2 * POLL_DELAY_MS
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}'])
async def test_status_that_is_known_is_a_304_with_the_same_headers(world: World, client: Client, form: str) -> None:
    tag = (await client.get(STATUS)).headers["ETag"]
    response = await client.get(STATUS, headers={"If-None-Match": form.format(tag)})
    assert (response.status_code, await response.get_data(as_text=False)) == (304, b"")
    assert response.headers["ETag"] == tag
    assert response.headers["Playhead-Transport"] == "stream; reason=flag_on"
    assert "Playhead-Poll-After-Ms" in response.headers

    world.gate.answer = StreamAnswer.KILL_SWITCH
    changed = await client.get(STATUS, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["Playhead-Transport"] == "poll; reason=kill_switch"


async def test_wait_is_held_until_the_next_change(world: World, client: Client) -> None:
    world.gate.long_poll = True
    tag = (await client.get(STATUS)).headers["ETag"]
    held = asyncio.create_task(client.get(STATUS, headers={"If-None-Match": tag, "Prefer": "wait=20"}))
    await async_until(lambda: world.hub.watched)
    world.commit(a_status(Stage.COMPLETED, 1_000_009))
    world.publish()
    response = await held
    assert decode(await response.get_data(as_text=False)).version == 1_000_009
    assert response.headers["Playhead-Transport"] == "poll; reason=final"
    assert "Playhead-Poll-After-Ms" not in response.headers
    assert world.hub.watched == 0


async def test_who_signed_out_while_they_waited_is_told_no_more(world: World, client: Client) -> None:
    """Also when there was nobody yet to be told, or the message of it was lost."""
    world.gate.long_poll = True
    headers = {"If-None-Match": (await client.get(STATUS)).headers["ETag"], "Prefer": "wait=20"}
    held = asyncio.create_task(client.get(STATUS, headers=headers))
    await async_until(lambda: world.hub.watched)
    world.store.logins.clear()
    world.commit(a_status(version=1_000_002))
    world.publish()
    response = await held
    assert (response.status_code, (await response.get_json())["code"]) == (401, "not_signed_in")


async def test_wait_for_all_is_held_until_the_next_change(world: World, client: Client) -> None:
    world.gate.long_poll = True
    first = await client.get("/status", headers={"Prefer": "wait=20"})
    assert first.headers["Preference-Applied"] == "wait=20"
    target = f"/status?after={(await first.get_json())['cursor']}&n=2"
    headers = {"If-None-Match": first.headers["ETag"], "Prefer": "wait=20"}
    held = asyncio.create_task(client.get(target, headers=headers))
    await async_until(lambda: world.hub.watched)
    changed = world.commit(a_status(Stage.COMPLETED, 1_000_009))
    world.hub.deliver(Published(topic_of(ADA.id), changed))
    response = await held
    (status,) = (await response.get_json())["statuses"]
    assert decode(json.encode(status)) == changed
    assert response.headers["Playhead-Transport"] == "stream; reason=flag_on"


@pytest.mark.parametrize("why_not", ["no flag", "no preference", "nothing known", "final"])
async def test_answer_comes_at_once_where_waiting_is_not_allowed_or_not_wanted(
    world: World, client: Client, why_not: str
) -> None:
    world.gate.long_poll = why_not != "no flag"
    if why_not == "final":
        world.commit(a_status(Stage.FAILED, 1_000_009))
    headers = {"If-None-Match": (await client.get(STATUS)).headers["ETag"], "Prefer": "wait=25"}
    headers.pop({"no preference": "Prefer", "nothing known": "If-None-Match"}.get(why_not, ""), None)
    world.store.reads = 0
    async with asyncio.timeout(10):
        response = await client.get(STATUS, headers=headers)
    assert response.status_code == (200 if why_not == "nothing known" else 304)
    assert world.store.reads == 1


async def test_stream_is_neither_stored_nor_buffered_nor_changed(world: World, client: Client) -> None:
    world.commit(a_status(Stage.COMPLETED, 1_000_009))
    status, headers, events = await stream(client, Accept_Encoding="gzip, br")
    assert status == 200
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-store, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in headers
    assert headers["Playhead-Transport"] == "stream; reason=flag_on"
    assert names(events) == ["hello", "status", "goodbye"]


async def test_segments_come_if_they_are_asked_for_and_allowed(world: World, client: Client) -> None:
    world.commit(a_status(Stage.COMPLETED, 1_000_009), words=3)
    assert names((await stream(client, "?segments=1&from=1"))[2]) == ["hello", "segments", "status", "goodbye"]
    assert names((await stream(client, "?from=1"))[2]) == ["hello", "status", "goodbye"]
    world.gate.live_transcript = False
    assert names((await stream(client, "?segments=1"))[2]) == ["hello", "status", "goodbye"]


@pytest.mark.parametrize("header", [True, False])
async def test_end_that_is_known_with_all_its_words_is_a_204(world: World, client: Client, header: bool) -> None:
    world.commit(a_status(Stage.COMPLETED, 1_000_009), words=3)

    async def reopened(version: int, query: str) -> int:
        if header:
            return (await stream(client, f"?{query}", Last_Event_ID=str(version)))[0]
        return (await stream(client, f"?last_event_id={version}&{query}"))[0]

    assert await reopened(1_000_009, "") == 204
    assert await reopened(1_000_009, "segments=1&from=3") == 204
    assert await reopened(1_000_009, "segments=1&from=2") == 200
    assert await reopened(1_000_008, "") == 200


@pytest.mark.parametrize("known", ["", "9" * 16, "9" * 400, "-1", "x", "1.5", "%C2%B2", "1_0"])
async def test_no_last_event_id_makes_a_stream_silent(world: World, client: Client, known: str) -> None:
    reading = asyncio.create_task(stream(client, f"?last_event_id={known}"))
    await async_until(lambda: any(inbox.versions.get("s") == 1_000_001 for inbox in world.hub.inboxes()))
    world.commit(a_status(Stage.COMPLETED, 1_000_009))
    world.publish()
    _, _, events = await reading
    assert names(events) == ["hello", "status", "status", "goodbye"]


@pytest.mark.parametrize("answer", [StreamAnswer.FLAG_OFF, StreamAnswer.KILL_SWITCH, StreamAnswer.FLAGS_UNAVAILABLE])
async def test_who_may_not_stream_gets_a_204_that_says_what_to_do(
    world: World, client: Client, answer: StreamAnswer
) -> None:
    world.gate.answer = answer
    status, headers, events = await stream(client)
    assert (status, events) == (204, [])
    assert headers["Playhead-Transport"] == f"poll; reason={answer}"


async def test_full_process_refuses_with_a_time_to_come_back(world: World, client: Client) -> None:
    with contextlib.ExitStack() as open_streams:
        for _ in range(PER_PROCESS):
            open_streams.enter_context(world.hub.subscribe("s", "bob"))
        status, headers, _ = await stream(client)
        assert (status, headers["Retry-After"]) == (503, "5")
        assert headers["Playhead-Transport"] == "poll; reason=at_capacity"
    world.hub.drain()
    assert (await stream(client))[0] == 503


async def test_session_that_is_not_ones_own_is_a_404(client: Client) -> None:
    for path in (STATUS, STREAM):
        answer = await client.get(path.replace("/s/", "/other/"))
        assert (answer.status_code, answer.headers["Playhead-Transport"]) == (404, "stream; reason=flag_on")


async def test_probe_sends_its_events_apart_in_time(client: Client) -> None:
    response = await client.get("/stream/probe")
    assert response.headers["X-Accel-Buffering"] == "no"
    assert names(parse(await response.get_data(as_text=False))) == ["probe"] * 3 + ["goodbye"]
