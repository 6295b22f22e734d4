"""The reports of pages: what is taken, what is refused, and what they say of a path."""

from typing import Any

import pytest
from quart import Quart, g
from quart.typing import TestClientProtocol as Client
from quart_schema import QuartSchema, RequestSchemaValidationError

from playhead.accounts.models import User
from playhead.errors import Problem
from playhead.live.path import ClientPath
from playhead.monitoring.paths.ports import Outcome
from playhead.monitoring.telemetry import BODY_BYTES, routes

ADA = User("ada", "ada@example.org", is_admin=False)
PAGE = "0123456789abcdef"
LEAST: dict[str, Any] = {"page": PAGE, "seq": 1, "transport": "stream"}
WHOLE = LEAST | {
    "session_id": "0193a1b2-0000-7000-8000-000000000000",
    "reason": "flag_on",
    "protocol": "h2",
    "first_event_ms": 12.5,
    "proven": 1,
    "mutes": 0,
    "stalls": 0,
    "of_a_later_release": {"is": ["ignored"]},
}


@pytest.fixture
def noted() -> list[tuple[ClientPath, str, str, int, Outcome]]:
    return []


@pytest.fixture
def client(noted: list[tuple[ClientPath, str, str, int, Outcome]]) -> Client:
    app = Quart(__name__)
    QuartSchema(app, conversion_preference="msgspec")
    app.register_blueprint(routes(lambda *note: noted.append(note)))

    @app.before_request
    async def sign_in() -> None:
        g.user = ADA

    @app.errorhandler(Problem)
    async def problem(error: Problem) -> tuple[str, int]:
        return error.code, error.status

    @app.errorhandler(RequestSchemaValidationError)
    async def invalid(error: RequestSchemaValidationError) -> tuple[str, int]:
        return "invalid", 400

    return app.test_client()


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ({"proven": 1}, Outcome.PROVEN),
        ({"mutes": 1}, Outcome.MUTED),
        ({"stalls": 1}, Outcome.MUTED),
        ({"proven": 5, "stalls": 1}, Outcome.MUTED),
    ],
)
async def test_report_is_noted_of_the_path_of_its_request(
    client: Client, noted: list[Any], counts: dict[str, int], outcome: Outcome
) -> None:
    answer = await client.post("/telemetry", json=WHOLE | {"proven": 0} | counts, headers={"Host": "example.org"})
    assert (answer.status_code, await answer.get_data()) == (202, b"")
    assert noted == [(ClientPath("example.org"), "ada", PAGE, 1, outcome)]


async def test_report_without_news_of_the_path_is_taken(client: Client, noted: list[Any]) -> None:
    assert (await client.post("/telemetry", json=LEAST)).status_code == 202
    assert noted == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": "0123456789ABCDEF"},
        {"page": PAGE + "0"},
        {"page": f"{PAGE}\n"},
        {"seq": 0},
        {"seq": 2**31},
        {"seq": None},
        {"transport": "pigeon"},
        {"session_id": "../../etc"},
        {"reason": "x" * 33},
        {"reason": "<script>"},
        {"protocol": "h2\r\n"},
        {"first_event_ms": -1},
        {"proven": -1},
        {"mutes": 1.5},
        {"stalls": 2**31},
    ],
)
async def test_report_out_of_bounds_is_refused(client: Client, noted: list[Any], wrong: dict[str, Any]) -> None:
    answer = await client.post("/telemetry", json=WHOLE | wrong)
    assert (answer.status_code, await answer.get_data()) == (400, b"invalid")
    assert noted == []


@pytest.mark.parametrize("missing", LEAST)
async def test_report_needs_its_page_number_and_transport(client: Client, missing: str) -> None:
    given = {name: value for name, value in WHOLE.items() if name != missing}
    assert (await client.post("/telemetry", json=given)).status_code == 400


@pytest.mark.parametrize(("size", "status"), [(BODY_BYTES, 202), (BODY_BYTES + 1, 413)])
async def test_long_report_is_refused(client: Client, size: int, status: int) -> None:
    start = b'{"page":"%b","seq":1,"transport":"poll","later":"' % PAGE.encode()
    body = start + b"x" * (size - len(start) - 2) + b'"}'
    answer = await client.post("/telemetry", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
