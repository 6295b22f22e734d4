"""Conformance with tus 1.0: a row for each rule of the protocol, and for each of our own about its headers."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from quart import Response

from playhead.live.clock import now
from tests.unit.accounts.rooms import code, sign_up
from tests.unit.uploads.tus_client import BYTES, ROUTE, Tus, encoded, metadata, session_of
from tests.unit.uploads.world import FLAC, KEEP_HOURS, LIMITS, World

HALF = len(FLAC) // 2
EXTENSIONS = {"creation", "creation-with-upload", "termination", "expiration"}


@pytest.fixture
async def path(tus: Tus) -> str:
    """An upload of which half is stored."""
    begun = await tus.begin()
    assert (await tus.append(begun, 0, FLAC[:HALF])).status_code == 204
    return begun


Asked = Callable[[Tus, str], Awaitable[Response]]
"""Sends the request of a row, given the path of an upload of which half is stored."""


def new(length: int | str = len(FLAC), **headers: str) -> Asked:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda tus, _: tus.create(length, given)


def patch(offset: int | str = HALF, data: bytes = FLAC[HALF:], **headers: str) -> Asked:
    return lambda tus, path: tus.append(path, offset, data, **headers)


def ask(method: str, where: str = "", **headers: str) -> Asked:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda tus, path: tus.ask(method, where or path, given)


# (the rule, the request, its status, the code of a refusal, its headers: None is absent, "" any)
Row = tuple[str, Asked, int, str, dict[str, str | None]]
ROWS: list[Row] = [
    # Core
    ("OPTIONS answers 204 with the version", ask("OPTIONS", ROUTE), 204, "", {"Tus-Version": "1.0.0"}),
    ("OPTIONS names the largest size", ask("OPTIONS", ROUTE), 204, "", {"Tus-Max-Size": str(LIMITS.max_bytes)}),
    ("OPTIONS needs no Tus-Resumable", ask("OPTIONS", ROUTE, Tus_Resumable=""), 204, "", {"Tus-Extension": ""}),
    ("OPTIONS of an upload answers, too", ask("OPTIONS"), 204, "", {"Tus-Version": "1.0.0"}),
    ("HEAD has the offset", ask("HEAD"), 200, "", {"Upload-Offset": str(HALF)}),
    ("HEAD has the length", ask("HEAD"), 200, "", {"Upload-Length": str(len(FLAC))}),
    ("HEAD is not cached", ask("HEAD"), 200, "", {"Cache-Control": "no-store"}),
    ("HEAD has Tus-Resumable", ask("HEAD"), 200, "", {"Tus-Resumable": "1.0.0"}),
    ("HEAD echoes the metadata", ask("HEAD"), 200, "", {**metadata()}),
    ("HEAD of an absent upload is 404", ask("HEAD", f"{ROUTE}/{'0' * 8}"), 404, "session_not_found", {}),
    ("HEAD of an absent upload has no offset", ask("HEAD", f"{ROUTE}/1"), 404, "", {"Upload-Offset": None}),
    ("PATCH answers 204 with the new offset", patch(), 204, "", {"Upload-Offset": str(len(FLAC))}),
    ("PATCH may bring a part", patch(data=FLAC[HALF:-1]), 204, "", {"Upload-Offset": str(len(FLAC) - 1)}),
    ("PATCH may be empty", patch(data=b""), 204, "", {"Upload-Offset": str(HALF)}),
    ("PATCH has Tus-Resumable", patch(), 204, "", {"Tus-Resumable": "1.0.0"}),
    ("PATCH of another type is 415", patch(Content_Type="text/plain"), 415, "wrong_content_type", {}),
    ("PATCH without a type is 415", patch(Content_Type=""), 415, "wrong_content_type", {}),
    ("PATCH below the offset is 409", patch(HALF - 1), 409, "wrong_offset", {}),
    ("PATCH above the offset is 409", patch(HALF + 1), 409, "wrong_offset", {}),
    ("PATCH without an offset is 400", patch(Upload_Offset=""), 400, "invalid", {}),
    ("PATCH of an absent upload is 404", lambda tus, _: tus.append(f"{ROUTE}/1", 0, b"a"), 404, "", {}),
    ("PATCH beyond the length is 413", patch(data=FLAC), 413, "beyond_length", {}),
    # Version
    ("POST without a version is 412", new(Tus_Resumable=""), 412, "wrong_tus_version", {"Tus-Version": "1.0.0"}),
    ("HEAD of another version is 412", ask("HEAD", Tus_Resumable="0.2.2"), 412, "", {"Tus-Version": "1.0.0"}),
    ("PATCH of another version is 412", patch(Tus_Resumable="2.0.0"), 412, "wrong_tus_version", {"Tus-Version": ""}),
    ("DELETE without a version is 412", ask("DELETE", Tus_Resumable=""), 412, "", {"Tus-Version": "1.0.0"}),
    ("Other answers have no Tus-Version", ask("HEAD"), 200, "", {"Tus-Version": None}),
    # Override
    ("POST overridden to PATCH is a PATCH", lambda tus, path: tus.ask("POST", path, BYTES | {"Upload-Offset": str(HALF), "X-HTTP-Method-Override": "PATCH"}, FLAC[HALF:]), 204, "", {"Upload-Offset": str(len(FLAC))}),  # noqa: E501 - a row
    ("POST overridden to DELETE is a DELETE", ask("POST", X_HTTP_Method_Override="DELETE"), 204, "", {}),
    ("POST of an upload without it is 405", ask("POST"), 405, "method_not_allowed", {}),
    # Creation
    ("POST answers 201", new(), 201, "", {}),
    ("POST answers with a path", new(), 201, "", {"Location": ""}),
    ("POST names the session", new(), 201, "", {"Playhead-Session": ""}),
    ("POST without a body has no offset", new(), 201, "", {"Upload-Offset": None}),
    ("POST without a length is 400", new(Upload_Length=""), 400, "invalid", {}),
    ("POST with a length to come is 400", new(Upload_Defer_Length="1"), 400, "invalid", {}),
    ("POST of the largest size is taken", new(LIMITS.max_bytes), 201, "", {}),
    ("POST of more is 413", new(LIMITS.max_bytes + 1), 413, "too_large", {}),
    ("POST of nothing is 400", new(0), 400, "empty_file", {}),
    ("POST of a part to be joined is 400", new(Upload_Concat="partial"), 400, "invalid", {}),
    ("POST without metadata is 400", new(Upload_Metadata=""), 400, "invalid", {}),
    ("POST with a key without a value is taken", new(Upload_Metadata="filename,is_draft"), 201, "", {}),
    ("POST with unknown keys is taken", new(Upload_Metadata=f"filename {encoded('a')},x {encoded('y')}"), 201, "", {}),
    ("POST with a key twice is 400", new(Upload_Metadata="filename YQ==,filename YQ=="), 400, "invalid", {}),
    ("POST with what is not base64 is 400", new(Upload_Metadata="filename !"), 400, "invalid", {}),
    ("POST with an option that is wrong is 400", new(Upload_Metadata=f"filename YQ==,track {encoded('-1')}"), 400, "invalid", {}),  # noqa: E501 - a row
    # Creation with upload
    ("POST with bytes answers their count", lambda tus, _: tus.ask("POST", ROUTE, {"Upload-Length": str(len(FLAC))} | metadata() | BYTES, FLAC[:HALF]), 201, "", {"Upload-Offset": str(HALF)}),  # noqa: E501 - a row
    ("POST with all bytes is the whole upload", lambda tus, _: tus.ask("POST", ROUTE, {"Upload-Length": str(len(FLAC))} | metadata() | BYTES, FLAC), 201, "", {"Upload-Offset": str(len(FLAC)), "Upload-Expires": None}),  # noqa: E501 - a row
    ("POST with bytes of another type is 415", lambda tus, _: tus.ask("POST", ROUTE, {"Upload-Length": "9"} | metadata(), b"fLaC"), 415, "wrong_content_type", {}),  # noqa: E501 - a row
    # Expiration
    ("POST says when it expires", new(), 201, "", {"Upload-Expires": ""}),
    ("PATCH says when it expires", patch(data=b""), 204, "", {"Upload-Expires": ""}),
    ("HEAD says when it expires", ask("HEAD"), 200, "", {"Upload-Expires": ""}),
    ("The last PATCH does not", patch(), 204, "", {"Upload-Expires": None}),
    # Termination
    ("DELETE answers 204", ask("DELETE"), 204, "", {"Tus-Resumable": "1.0.0"}),
    ("DELETE of an absent upload is 404", ask("DELETE", f"{ROUTE}/1"), 404, "session_not_found", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "status", "refusal", "headers"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
async def test_rule(
    tus: Tus, path: str, asked: Asked, status: int, refusal: str, headers: dict[str, str | None]
) -> None:
    answer = await asked(tus, path)
    assert answer.status_code == status, await answer.get_data()
    if refusal and (await answer.get_data()):
        assert (await answer.get_json())["code"] == refusal
    assert status == 405 or answer.headers["Tus-Resumable"] == "1.0.0"
    for name, value in headers.items():
        if value is None:
            assert name not in answer.headers
        else:
            assert answer.headers[name] == (value or answer.headers[name])
            assert answer.headers[name]


async def test_extensions_are_those_that_are_here(tus: Tus) -> None:
    answer = await tus.ask("OPTIONS", ROUTE)
    assert set(answer.headers["Tus-Extension"].split(",")) == EXTENSIONS


async def test_location_is_a_path_of_the_session(tus: Tus) -> None:
    answer = await tus.create(headers={"Host": "evil.example"})
    assert answer.headers["Location"] == f"{ROUTE}/{answer.headers['Playhead-Session']}"


async def test_time_of_expiry_is_an_http_date_that_moves_with_the_last_byte(tus: Tus) -> None:
    expires = parsedate_to_datetime((await tus.create()).headers["Upload-Expires"])
    assert expires.tzinfo is UTC
    assert abs(expires - now() - timedelta(hours=KEEP_HOURS)) < timedelta(minutes=1)
    assert isinstance(expires, datetime)


async def test_absent_and_foreign_uploads_are_answered_alike(world: World, tus: Tus, path: str) -> None:
    other = world.app.test_client()
    await sign_up(other, "grace@example.org")
    hers = Tus(other)
    for method in ("HEAD", "PATCH", "DELETE"):
        headers = BYTES | {"Upload-Offset": str(HALF)}
        foreign, absent = [await hers.ask(method, one, headers) for one in (path, f"{ROUTE}/{'1' * 8}")]
        assert foreign.status_code == absent.status_code == 404
        assert await foreign.get_data() == await absent.get_data()
    assert await tus.offset(path) == HALF


async def test_upload_that_was_deleted_is_404(tus: Tus, path: str) -> None:
    await tus.ask("DELETE", path)
    assert [(await tus.ask(method, path)).status_code for method in ("HEAD", "DELETE")] == [404, 404]
    assert await code(await tus.append(path, HALF, FLAC[HALF:])) == (404, "session_not_found")
    assert (await tus.ask("GET", session_of(path))).status_code == 404


async def test_upload_that_is_whole_stays_so(world: World, tus: Tus, path: str) -> None:
    await tus.append(path, HALF, FLAC[HALF:])
    assert await tus.offset(path) == len(FLAC)
    assert (await tus.append(path, len(FLAC), b"")).status_code == 204
    assert await code(await tus.append(path, len(FLAC), b"a")) == (413, "beyond_length")
    assert await code(await tus.append(path, HALF, FLAC[HALF:])) == (409, "wrong_offset")
    assert [file.read_bytes() for file in world.files()] == [FLAC]
    assert len(world.enqueued) == 1
    assert world.metrics.read()["uploads"] == {"accepted": 1.0}


async def test_requests_without_a_login_are_401(world: World, path: str) -> None:
    stranger = Tus(world.app.test_client())
    answers = [await stranger.create(), await stranger.append(path, HALF, b"a")]
    answers += [await stranger.ask(method, path) for method in ("HEAD", "DELETE")]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert {answer.headers["Tus-Resumable"] for answer in answers} == {"1.0.0"}
