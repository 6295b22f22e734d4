"""`/metrics` of a worker: on an address of its own, with the rule of the web process's."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from playhead.config import load
from playhead.errors import ConfigError
from playhead.metrics.catalog import ATTEMPTS
from playhead.metrics.channel import ChildMetrics
from playhead.metrics.exporter import REQUESTS_MAX, Exporter
from playhead.metrics.metrics import Metrics
from tests.support.ports import free_port
from tests.support.waiting import until

TOKEN = {"METRICS_TOKEN": "hush"}
PRODUCTION = {"ENVIRONMENT": "production", "SECRET_KEY": 32 * "s"}


@contextmanager
def exporting(folder: Path, **given: str) -> Iterator[tuple[Exporter, str]]:
    port = free_port()
    exporter = Exporter(load({"DATA_DIR": str(folder), "WORKER_METRICS_PORT": str(port)} | given))
    exporter.start()
    try:
        yield exporter, f"http://127.0.0.1:{port}/metrics"
    finally:
        exporter.close()


def get(url: str, authorization: str = "") -> httpx.Response:
    return httpx.get(url, headers={b"Authorization": authorization.encode()}, trust_env=False)


def value(text: str, name: str, **labels: str) -> float | None:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    found = [sample.value for sample in samples if sample.name == f"playhead_{name}" and sample.labels == labels]
    return found[0] if found else None


def test_metrics_of_a_child_are_read_over_http(tmp_path: Path) -> None:
    metrics = Metrics()
    with exporting(tmp_path) as (exporter, url):
        assert value(get(url).text, "attempts_total", outcome="failed") == 0
        assert value(get(url).text, "worker_children") == 0
        metrics.add(ATTEMPTS, "failed")
        ChildMetrics(exporter.channel, metrics).send()
        until(lambda: value(get(url).text, "attempts_total", outcome="failed") == 1, "the parent has it")
        assert value(get(url).text, "worker_children") == 1
        answer = get(url)
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert answer.headers["cache-control"] == "no-store"
        assert "process_cpu_seconds_total" in answer.text
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("settings", "authorization", "status"),
    [
        ({}, "", 200),
        (TOKEN, "", 401),
        (TOKEN, "Bearer hushé", 401),
        (TOKEN | PRODUCTION, "Bearer hush", 200),
    ],
)
def test_metrics_require_their_token(tmp_path: Path, settings: dict[str, str], authorization: str, status: int) -> None:
    with exporting(tmp_path, **settings) as (_, url):
        assert get(url, authorization).status_code == status


def test_nothing_else_is_served(tmp_path: Path) -> None:
    with exporting(tmp_path) as (_, url):
        assert get(url.removesuffix("metrics")).status_code == 404
        assert httpx.post(url, trust_env=False).status_code == 501


def test_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(ConfigError, match="WORKER_METRICS_PORT to another number"):
            Exporter(load({"DATA_DIR": str(tmp_path), "WORKER_METRICS_PORT": port}))


def test_production_needs_a_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="METRICS_TOKEN"):
        load({"DATA_DIR": str(tmp_path), "WORKER_METRICS_PORT": "9100"} | PRODUCTION)


def test_many_silent_clients_cost_few_threads(tmp_path: Path) -> None:
    with exporting(tmp_path) as (_, url):
        address, before = ("127.0.0.1", httpx.URL(url).port), threading.active_count()
        silent = [socket.create_connection(address) for _ in range(4 * REQUESTS_MAX)]
        until(lambda: sum(is_cut(one) for one in silent) >= 3 * REQUESTS_MAX, "those beyond the limit are cut off")
        assert threading.active_count() <= before + REQUESTS_MAX
        for one in silent:
            one.close()
        until(lambda: answers(url), "it answers again")


def is_cut(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def answers(url: str) -> bool:
    try:
        return get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_port_is_free_after_the_end(tmp_path: Path) -> None:
    with exporting(tmp_path) as (_, url):
        port = str(httpx.URL(url).port)
    with exporting(tmp_path, WORKER_METRICS_PORT=port) as (exporter, _):
        assert exporter.metrics.read() == {"worker_children": {"": 0.0}}
