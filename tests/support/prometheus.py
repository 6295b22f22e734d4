"""Runs Prometheus against processes of a test, and asks it."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from playhead.up.folder import free_port
from tests.support.programs import environ, program
from tests.support.waiting import until

SETUP = Path(__file__).parents[2] / "infra" / "setup" / "prometheus.sh"
SCRAPED_EVERY = "1s"
ANSWERED_S = 5.0


@cache
def programs() -> tuple[str, str]:
    """The paths of prometheus and promtool."""
    server, tool = subprocess.run(["bash", SETUP], check=True, capture_output=True, text=True).stdout.split()
    return server, tool


class Prometheus:
    """A running Prometheus."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1"

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer, which must be a success."""
        answer = httpx.get(f"{self._url}/{path}", params=parameters, trust_env=False, timeout=ANSWERED_S)
        assert answer.json()["status"] == "success", answer.text
        return answer.json()["data"]

    def query(self, expression: str) -> list[Any]:
        """The series of an expression now."""
        found: list[Any] = self.ask("query", query=expression)["result"]
        return found

    def value(self, expression: str) -> float | None:
        """The value of an expression with one series; None while there is none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None

    def is_up(self) -> bool:
        try:
            return bool(self.ask("status/runtimeinfo"))
        except (httpx.TransportError, json.JSONDecodeError):
            return False


@contextmanager
def prometheus(folder: Path, ports: Sequence[int], token: str) -> Iterator[Prometheus]:
    """Runs one that scrapes `/metrics` at these ports of this machine with a bearer token."""
    folder.mkdir()
    targets = [f"127.0.0.1:{port}" for port in ports]
    scraped = {"job_name": "playhead", "static_configs": [{"targets": targets}]}
    job = scraped | {"authorization": {"type": "Bearer", "credentials": token}}
    conf = folder / "prometheus.yml"
    conf.write_text(json.dumps({"global": {"scrape_interval": SCRAPED_EVERY}, "scrape_configs": [job]}))  # is YAML, too
    port = free_port()
    options = [
        f"--config.file={conf}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.console.templates={folder}",
        f"--web.console.libraries={folder}",
    ]
    with program([programs()[0], *options], environ(), folder / "log") as running:
        found = Prometheus(port)
        until(found.is_up, f"Prometheus answers: {running.err}")
        yield found


def complaints(metrics: str) -> str:
    """What `promtool check metrics` says of a text of metrics."""
    command = [programs()[1], "check", "metrics"]
    done = subprocess.run(command, input=metrics, capture_output=True, text=True, check=False)  # 3: it complains
    return done.stdout + done.stderr
