"""A real Prometheus reads a web process and a worker, and has an answer to every query of the dashboard."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
from infra.grafana.dashboard import dashboard, queries
from sqlalchemy.orm import Session as Db

from playhead.accounts.guards import digest, new_token
from playhead.accounts.models import TokenRow
from playhead.ids import new_id
from playhead.live.clock import now
from tests.support.house import WORDS_WORKER, House, house_on
from tests.support.ports import free_port
from tests.support.programs import program, ready
from tests.support.prometheus import Prometheus, complaints, prometheus
from tests.support.quick_worker import WORDS
from tests.support.site import WEB
from tests.support.waiting import until

TOKEN = "a token of Prometheus"
SESSIONS = 2
REDIS_BYTES = 100 * 1024**2
QUIET = (
    "playhead_browser_fallbacks_total",
    "playhead_watches_harmed_total",
    "playhead_session_failures_total",
    "playhead_people_affected_total",
    "playhead_canary_rounds_total",
    'status="5xx"',
)
"""What did not happen here, so that a query of more than 0 has no series."""
GRAFANA = {"$instance": ".+", "$__rate_interval": "1m", "$__range": "5m"}
"""The values of Grafana's variables here: what happened in the last minute is a rate, also on a slow machine."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with house_on(f"sqlite:///{folder}/db", folder, data_dir) as house:
        yield house


@pytest.fixture(scope="module")
def ports(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """A web process and a worker that have had something to do, and where they are read."""
    web_port, worker_port = free_port(), free_port()
    settings = {"METRICS_TOKEN": TOKEN, "WORKER_METRICS_PORT": str(worker_port)}
    web_settings = house.environ | settings | {"PORT": str(web_port)}
    with (
        house.worker(WORDS_WORKER, **settings) as worker,
        program(WEB, web_settings, tmp_path_factory.mktemp("web") / "web"),
    ):
        worker.wait_for("ready.")
        until(lambda: ready(f"http://127.0.0.1:{web_port}"), "the web is ready")
        with redis.Redis.from_url(house.environ["REDIS_URL"]) as client:
            client.config_set("maxmemory", REDIS_BYTES)  # without a limit there is no share of it
        yield web_port, worker_port


@pytest.fixture(scope="module")
def server(ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    targets = dict(zip(("web", "worker"), ports, strict=True))
    with prometheus(tmp_path_factory.mktemp("prometheus"), targets, TOKEN) as server:
        until(lambda: server.value("sum(up)") == 2, "both are read")
        yield server


@pytest.fixture(scope="module")
def load(house: House, ports: tuple[int, int], server: Prometheus) -> None:
    """Sessions that are followed to their end, and an answer of the person who did."""
    secret = new_token()
    fields = {"digest": digest(secret), "created_at": now(), "last_used_at": now()}
    house.database.run(Db.add, TokenRow(id=new_id(), user_id="ada", name="test", **fields))
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}/api/v1", headers=headers, trust_env=False) as client:
        for _ in range(SESSIONS):
            session_id = house.upload("wait 0")
            with client.stream("GET", f"/sessions/{session_id}/status/stream") as stream:
                house.completes(session_id, WORDS)
                stream.read()
            assert client.get(f"/sessions/{session_id}/status").status_code == 200
        assert client.post("/feedback", json={"rating": 4, "mode": "stream"}).status_code == 201


def of_grafana(query: str) -> str:
    for variable, value in GRAFANA.items():
        query = query.replace(variable, value)
    return query


def test_prometheus_has_what_was_counted(server: Prometheus, load: None) -> None:
    counted = {
        'playhead_attempts_total{outcome="completed"}': SESSIONS,
        'playhead_feedback_total{rating="4"}': 1,
        'playhead_requests_total{route="/api/v1/feedback",status="2xx"}': 1,
    }
    for expression, value in counted.items():
        until(lambda e=expression, v=value: server.value(e) == v, f"{expression} is {value}")  # type: ignore[misc]
    instances = server.ask("label/instance/values", **{"match[]": "playhead_published_total"})
    assert len(instances) == 2


def test_every_query_of_the_dashboard_has_an_answer(server: Prometheus, load: None) -> None:
    expressions = [of_grafana(query) for query in queries(dashboard())]
    assert len(expressions) > 40
    left = set(expressions)

    def all_answered() -> bool:
        left.difference_update([one for one in left if server.query(one)])  # each is a success, or `query` fails
        return all(one.endswith("> 0") and any(name in one for name in QUIET) for one in left)

    try:
        until(all_answered)
    except AssertionError as error:
        raise AssertionError(f"no answer to {sorted(left)}") from error


def test_names_help_and_units_are_as_prometheus_wants_them(ports: tuple[int, int]) -> None:
    for port in ports:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", headers=headers, trust_env=False).raise_for_status().text
        assert complaints(text) == ""
    assert "no help text" in complaints("some_total 1\n")
