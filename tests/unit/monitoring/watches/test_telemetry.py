"""The reports of pages: what is taken, what is refused, and what they say of a path."""

import time
from typing import Any

import pytest
from quart import Quart, g
from quart.typing import TestClientProtocol as Client
from quart_schema import QuartSchema, RequestSchemaValidationError

from playhead.accounts.models import User
from playhead.errors import Problem
from playhead.live.path import ClientPath, StreamOrigin
from playhead.live.policy import StreamOriginUse
from playhead.monitoring.paths.ports import Outcome
from playhead.monitoring.watches.report import BUCKETS, Report
from playhead.monitoring.watches.telemetry import BODY_BYTES, routes

ADA = User("ada", "ada@example.org", is_admin=False)
PAGE = "0123456789abcdef"
LEAST: dict[str, Any] = {"page": PAGE, "seq": 1, "transport": "stream"}
SESSION = "0193a1b2-0000-7000-8000-000000000000"
LAGS = [*range(BUCKETS), 123.5]
WHOLE = LEAST | {
    "session_id": SESSION,
    "elapsed_s": 41.25,
    "seconds": {"stream": [40, 39.5], "poll": [1, 1], "pigeon": "ignored"},
    "allowed": [41, 40.5],
    "connect_ms": 8,
    "first_data_ms": 90.5,
    "lag_ms": {"stream": LAGS, "wait": None},
    "rtt_ms": 4,
    "max_age_ms": 1500,
    "gaps": 1,
    "reconnects": 2,
    "fallbacks": 3,
    "held": 4,
    "page_errors": 5,
    "final_lag_ms": 60,
    "end": True,
    "reason": "flag_on",
    "protocol": "h2",
    "first_event_ms": 12.5,
    "proven": 1,
    "mutes": 0,
    "stalls": 0,
    "of_a_later_release": {"is": ["ignored"]},
}

ORIGIN = StreamOrigin("https://streams.example.org", StreamOriginUse.BUFFERED)


@pytest.fixture
def noted() -> list[tuple[ClientPath, str, str, int, Outcome]]:
    return []


@pytest.fixture
def reports() -> list[tuple[User, str | None, str, int, Report]]:
    return []


@pytest.fixture
def client(noted: list[Any], reports: list[Any]) -> Client:
    app = Quart(__name__)
    QuartSchema(app, conversion_preference="msgspec")
    app.register_blueprint(routes(lambda *note: noted.append(note), lambda *note: reports.append(note), ORIGIN))

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


@pytest.mark.parametrize(
    ("counts", "own", "by_ticket"),
    [
        ({"proven": 1, "proven_by_ticket": 1}, None, Outcome.PROVEN),
        ({"mutes": 1, "mutes_by_ticket": 1}, None, Outcome.MUTED),
        ({"stalls": 2, "stalls_by_ticket": 1}, Outcome.MUTED, Outcome.MUTED),
        ({"mutes": 1, "proven": 1, "proven_by_ticket": 1}, Outcome.MUTED, Outcome.PROVEN),
        ({"proven": 2, "proven_by_ticket": 1, "mutes": 1, "mutes_by_ticket": 1}, Outcome.PROVEN, Outcome.MUTED),
        ({"proven_by_ticket": 7}, None, Outcome.PROVEN),
    ],
)
async def test_streams_by_ticket_are_noted_of_the_path_to_the_stream_origin(
    client: Client, noted: list[Any], counts: dict[str, int], own: Outcome | None, by_ticket: Outcome
) -> None:
    await client.post("/telemetry", json=WHOLE | {"proven": 0} | counts, headers={"Host": "example.org"})
    notes = [(ClientPath("example.org"), "ada", PAGE, 1, own)] if own else []
    assert noted == [*notes, (ORIGIN.path, "ada", f"{PAGE}:ticket", 1, by_ticket)]


async def test_report_without_news_of_the_path_is_taken(client: Client, noted: list[Any]) -> None:
    assert (await client.post("/telemetry", json=LEAST)).status_code == 202
    assert noted == []


async def test_report_is_noted_with_each_of_its_fields(client: Client, reports: list[Any]) -> None:
    assert (await client.post("/telemetry", json=WHOLE)).status_code == 202
    whole = Report(
        transport="stream",
        reason="flag_on",
        elapsed_s=41.25,
        seconds={"stream": (40, 39.5), "poll": (1, 1)},
        allowed=(41, 40.5),
        connect_ms=8,
        first_event_ms=12.5,
        first_data_ms=90.5,
        lag_ms={"stream": tuple(map(float, LAGS))},
        rtt_ms=4,
        max_age_ms=1500,
        proven=1,
        gaps=1,
        reconnects=2,
        fallbacks=3,
        held=4,
        page_errors=5,
        final_lag_ms=60,
        end=True,
    )
    assert reports == [(ADA, SESSION, PAGE, 1, whole)]


async def test_answer_has_the_time_of_the_server(client: Client) -> None:
    before = time.time() * 1000
    answer = await client.post("/telemetry", json=LEAST)
    assert before - 1 <= int(answer.headers["Playhead-Server-Time"]) <= time.time() * 1000


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1", '"nan"', '"Infinity"', "1e16"])
@pytest.mark.parametrize("field", ['"elapsed_s":{}', '"seconds":{{"stream":[{},0]}}', '"max_age_ms":{}'])
async def test_number_that_is_no_amount_is_refused(client: Client, reports: list[Any], field: str, number: str) -> None:
    body = f'{{"page":"{PAGE}","seq":1,"transport":"poll",{field.format(number)}}}'
    answer = await client.post("/telemetry", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, reports) == (400, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": {"stream": [1]}},
        {"seconds": {"stream": [1, 1, 1]}},
        {"lag_ms": {"stream": LAGS[1:]}},
        {"lag_ms": {"stream": [*LAGS, 0]}},
        {"lag_ms": {"poll": [-1] * len(LAGS)}},
        {"end": "perhaps"},
        {"held": 0.5},
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
