"""A person's sessions and transcripts, over HTTP."""

from typing import Any

import msgspec
import pytest
from quart.typing import TestClientProtocol as Client

from playhead.accounts.access import access_of
from playhead.accounts.limits import limit_of
from playhead.accounts.repository import find
from playhead.live.job import is_newer
from playhead.sessions import attempts, repository, transcript
from playhead.sessions.models import NewSession
from playhead.sessions.status import Failure, State
from tests.unit.accounts.rooms import OURS, code, sign_up
from tests.unit.library.shelf import completed, id_of, read, running, uploaded
from tests.unit.uploads.world import World

LOST = "/api/v1/sessions/0193-nowhere"


async def test_list_shows_the_newest_first_in_pages(ada: Client, world: World) -> None:
    person = await world.database.run(find, "ada@example.org")
    assert person is not None
    ids = [f"01930000-0000-7000-8000-{n:012}" for n in range(repository.PAGE_SIZE + 1)]
    for key in ids:
        facts: dict[str, Any] = {"id": key, "filename": "a", "size_bytes": 1, "audio_key": "a"}
        await world.database.run(repository.create, NewSession(owner_id=person.id, **facts))
    first = await read(ada, "/api/v1/sessions")
    rest = await read(ada, f"/api/v1/sessions?cursor={first['next_cursor']}")
    assert [session["id"] for session in first["sessions"] + rest["sessions"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert await code(await ada.get("/api/v1/sessions?cursor=nothing-of-ours")) == (400, "invalid")


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("POST", "/retry"), ("GET", "/transcript"), ("GET", "/audio")],
)
async def test_session_of_another_person_is_not_found(ada: Client, world: World, method: str, tail: str) -> None:
    path, eve = await uploaded(ada), world.app.test_client()
    await sign_up(eve, "eve@example.org")
    answers = []
    for session in (path, LOST):
        response = await eve.open(session + tail, method=method, headers=OURS, json=None)
        assert await code(response) == (404, "session_not_found")
        answers.append(await response.get_data())
    assert answers[0] == answers[1]
    assert len(world.files()) == 1


async def test_queued_session_is_canceled_and_the_others_move_up(ada: Client, world: World) -> None:
    first, second = await uploaded(ada), await uploaded(ada)
    world.published.clear()
    response = await ada.post(f"{first}/cancel", headers=OURS)
    assert response.status_code == 202
    assert (await response.get_json())["status"]["state"] == "canceled"
    assert [(status.session_id, status.queue_position) for status in world.published] == [
        (id_of(first), None),
        (id_of(second), 1),
    ]
    assert await code(await ada.post(f"{first}/cancel", headers=OURS)) == (409, "already_final")


async def test_session_is_canceled_though_renumbering_the_queue_fails(ada: Client, world: World) -> None:
    first, second = await uploaded(ada), await uploaded(ada)
    world.database.away.add(repository.renumber)
    world.published.clear()
    assert (await ada.post(f"{first}/cancel", headers=OURS)).status_code == 202
    assert (await ada.delete(second, headers=OURS)).status_code == 204
    assert [(status.session_id, status.state) for status in world.published] == [
        (id_of(first), State.CANCELED),
        (id_of(second), State.CANCELED),
    ]


async def test_cancel_of_a_running_session_requests_its_stop(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    status = await running(world, path)
    world.published.clear()
    assert (await ada.post(f"{path}/cancel", headers=OURS)).status_code == 202
    assert world.published == []
    assert await world.database.run(attempts.renew, id_of(path), status.attempt)


async def test_canceled_session_can_be_retried(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    await ada.post(f"{path}/cancel", headers=OURS)
    world.published.clear()
    response = await ada.post(f"{path}/retry", headers=OURS)
    assert response.status_code == 202
    assert (await response.get_json())["status"]["state"] == "queued"
    assert world.enqueued == [id_of(path)] * 2
    assert [status.state for status in world.published] == [State.QUEUED]
    assert await code(await ada.post(f"{path}/retry", headers=OURS)) == (409, "not_retryable")


async def test_completed_session_is_transcribed_again_with_a_body(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    await completed(world, path, segments=2)
    assert await code(await ada.post(f"{path}/retry", headers=OURS)) == (409, "not_retryable")
    response = await ada.post(f"{path}/retry", headers=OURS, json={"language": "th", "model": "small", "track": "all"})
    again = await response.get_json()
    assert response.status_code == 202
    assert again["options"] == {"language": "th", "model": "small", "track": "all", "channels": None}
    assert (again["language"], again["revision"], again["status"]["next_revision"]) == ("en", 0, 1)
    world.words_allowed = False  # what is served was final
    kept = await read(ada, f"{path}/transcript")
    assert (kept["complete"], kept["revision"], len(kept["segments"])) == (True, 0, 2)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"language": "klingon"}, "bad_language"),
        ({"model": "huge"}, "invalid"),
        ({"track": -1}, "invalid"),
        ({"track": "first"}, "invalid"),
        ({"channels": 2}, "invalid"),
        ({"lang": "de"}, "invalid"),
        ([], "invalid"),
    ],
)
async def test_wrong_options_are_refused_and_change_nothing(
    ada: Client, world: World, body: object, refusal: str
) -> None:
    path = await uploaded(ada)
    await completed(world, path)
    before = await read(ada, path)
    assert await code(await ada.post(f"{path}/retry", headers=OURS, json=body)) == (400, refusal)
    assert await read(ada, path) == before


async def test_cursor_of_another_revision_gets_the_served_one_from_its_first(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    await completed(world, path, segments=3)

    async def indices(query: str) -> list[int]:
        return [segment["index"] for segment in (await read(ada, f"{path}/transcript?{query}"))["segments"]]

    assert await indices("from=2&revision=0") == [2]
    assert await indices("from=2&revision=7") == [0, 1, 2]
    assert await indices("from=2") == [2]


async def test_permanent_failure_cannot_be_retried(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    failure = Failure(code="no_audio", message="No sound.", retryable=False, debug_id="1")
    await world.database.run(attempts.give_up, id_of(path), failure)
    assert await code(await ada.post(f"{path}/retry", headers=OURS)) == (409, "not_retryable")


async def test_deleted_session_leaves_no_rows_and_no_file(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    await completed(world, path, segments=2)
    world.published.clear()
    assert (await ada.delete(path, headers=OURS)).status_code == 204
    assert await code(await ada.get(path)) == (404, "session_not_found")
    assert world.files() == []
    assert world.published == []
    assert await world.database.run(transcript.segments, id_of(path)) == []


async def test_deleting_a_running_session_ends_its_streams_and_its_worker(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    status = await running(world, path, segments=1)
    world.published.clear()
    assert (await ada.delete(path, headers=OURS)).status_code == 204
    (last,) = world.published
    assert last.state == State.CANCELED
    assert is_newer(last, msgspec.structs.replace(status, version=status.version + 999_000))
    with pytest.raises(attempts.Fenced):
        await world.database.run(attempts.renew, id_of(path), status.attempt)


async def test_transcript_can_be_read_while_processing(ada: Client, world: World) -> None:
    path = await uploaded(ada)
    await running(world, path, segments=3)
    assert await read(ada, f"{path}/transcript?from=1") == {
        "session_id": id_of(path),
        "revision": 0,
        "language": "en",
        "complete": False,
        "segments": [
            {"index": 1, "start_s": 1.0, "end_s": 1.5, "text": "Word 1.", "revision": 0},
            {"index": 2, "start_s": 2.0, "end_s": 2.5, "text": "Word 2.", "revision": 0},
        ],
    }


async def test_transcript_is_empty_until_final_without_the_flag(ada: Client, world: World) -> None:
    world.words_allowed = False
    path = await uploaded(ada)
    await running(world, path, segments=3)
    assert (await read(ada, f"{path}/transcript"))["segments"] == []
    assert await (await ada.get(f"{path}/transcript?format=txt")).get_data(as_text=True) == ""
    path = await uploaded(ada)
    await completed(world, path, segments=3)
    assert len((await read(ada, f"{path}/transcript"))["segments"]) == 3


@pytest.mark.parametrize("format", ["json", "txt", "srt", "vtt"])
async def test_transcript_that_cannot_be_read_is_an_error(ada: Client, world: World, format: str) -> None:
    path = await uploaded(ada)
    await completed(world, path, segments=3)
    world.database.away.add(transcript.segments_of)
    response = await ada.get(f"{path}/transcript?format={format}")
    assert await code(response) == (503, "database_gone")
    assert response.headers["Retry-After"]


async def test_long_transcript_is_read_in_pages(ada: Client, world: World) -> None:
    path, many = await uploaded(ada), transcript.SEGMENTS_AT_ONCE * 2 + 1
    await completed(world, path, segments=many)
    whole = await read(ada, f"{path}/transcript")
    assert whole["complete"] is True
    assert [segment["index"] for segment in whole["segments"]] == list(range(many))


@pytest.mark.parametrize(
    ("format", "begins", "media_type"),
    [
        ("txt", "Word 0. Word 1.\n", "text/plain"),
        ("txt&lines=segments", "Word 0.\nWord 1.\n", "text/plain"),
        ("srt", "1\n00:00:00,000 --> 00:00:", "application/x-subrip"),
        ("vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:", "text/vtt"),
    ],
)
async def test_transcript_is_a_download(ada: Client, world: World, format: str, begins: str, media_type: str) -> None:
    path = await uploaded(ada, "Gespräch.flac")
    await completed(world, path, segments=2)
    response = await ada.get(f"{path}/transcript?format={format}")
    assert (await response.get_data(as_text=True)).startswith(begins)
    assert response.headers["Content-Type"].startswith(media_type)
    assert f"filename*=UTF-8''Gespr%C3%A4ch.{format[:3]}" in response.headers["Content-Disposition"]


@pytest.mark.parametrize("query", ["format=exe", "from=-1", "from=x", f"from={2**31}", "words=2", "lines=x"])
async def test_unknown_format_is_refused(ada: Client, query: str) -> None:
    path = await uploaded(ada)
    assert await code(await ada.get(f"{path}/transcript?{query}")) == (400, "invalid")


def test_every_route_declares_its_guard_and_its_limit(world: World) -> None:
    views = {name: view for name, view in world.app.view_functions.items() if name.startswith(("library.", "uploads."))}
    assert len(views) == 8
    for name, view in views.items():
        assert access_of(view), name
        assert limit_of(view), name


async def test_documentation_describes_a_session(world: World) -> None:
    document = await read(world.app.test_client(), "/api/v1/openapi.json")
    made = document["paths"]["/api/v1/sessions"]["post"]
    assert "multipart/form-data" in made["requestBody"]["content"]
    schema = made["responses"]["201"]["content"]["application/json"]["schema"]
    assert {"id", "links", "status"} <= schema["properties"].keys()
