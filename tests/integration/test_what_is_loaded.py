"""A process loads only the packages it needs: they are most of its start, which `make bench` measures."""

import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import pytest

from tests.support.ports import free_port
from tests.support.programs import environ, program
from tests.support.site import Site
from tests.support.waiting import until

PYTHON = [sys.executable, "-X", "importtime"]
IMPORT = re.compile(r"^import time: +\d+ \| +\d+ \| *(\S+)$", re.MULTILINE)
PROJECT = "playhead"
ADMINISTRATION = "playhead.flags.administration"
"""Changes of flags, which only the command line needs."""

SHELL = {"click", "msgspec", "typing_extensions"}
LOGS = {"structlog", "rich"}
"""Of Rich only the name, which structlog tries to import (`playhead.log`): with the package came Pygments."""
REDIS = {"redis", "hiredis", "cryptography", "cffi", "packaging"}
QUART = {"Quart", "Flask", "Werkzeug", "Jinja2", "MarkupSafe", "aiofiles", "blinker", "itsdangerous"}
HYPERCORN = {"Hypercorn", "uvloop", "h11", "httptools", "h2", "hpack", "hyperframe", "priority", "wsproto"}
LIMITS = {"limits", "Deprecated", "wrapt"}
PASSWORDS = {"argon2-cffi", "argon2-cffi-bindings"}
DATABASE = {"SQLAlchemy", "greenlet"}
CELERY = {"celery", "kombu", "billiard", "amqp", "vine", "PyYAML", "python-dateutil", "six", "tzlocal"}
CELERY |= {"pycparser", "greenlet"}
OPTIONAL = {"Django", "attrs", "pydantic", "pydantic_core"}
"""Imported by kombu and quart-schema where they are installed. Only the tests' web frameworks and clients bring them;
of Pydantic and attrs this is only the name (`tests/support/absent`)."""
TRACING = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto")
"""OpenTelemetry's packages have one name in common, and redis-py loads the SDK's metrics where they are there.
These are loaded by Playhead alone."""
WEB = SHELL | LOGS | REDIS | QUART | HYPERCORN | LIMITS | PASSWORDS | DATABASE
WEB |= {"quart-auth", "quart-schema", "obstore", "yggdrasil-engine", "wcwidth"}


distributions_of = cache(packages_distributions)
"""Reads the list of files of each installed package: half a second of CPU."""


def packages(trace: str) -> set[str]:
    """The packages that a process imported, from the trace that it writes."""
    distributions = distributions_of()
    names = IMPORT.findall(trace)
    modules = {name.partition(".")[0] for name in names} - {"opentelemetry"}
    traces = {name for name in TRACING if name in names}
    return {package for module in modules for package in distributions.get(module, [])} | traces


@pytest.fixture(scope="module")
def always() -> set[str]:
    """Packages that any Python of this environment loads, for coverage or an editable installation, or may load."""
    return packages(trace_of("-c", "pass")) | {PROJECT} | OPTIONAL


def trace_of(*arguments: str, **settings: str) -> str:
    done = subprocess.run([*PYTHON, *arguments], env=environ(**settings), capture_output=True, text=True, check=True)
    return done.stderr


def loaded_by_web(site: Site, folder: Path, settings: dict[str, str]) -> set[str]:
    """The packages that a web process loads until its first response."""
    port = free_port()
    servers = {"DATABASE_URL": site.database_url, "REDIS_URL": site.redis.url, "DATA_DIR": str(folder)}
    environment = environ(PORT=str(port), **(servers | settings))
    command = [*PYTHON, "-m", PROJECT, "web"]
    with program(command, environment, folder / "web") as running:
        until(lambda: answered(port), "the web answers")
        assert ADMINISTRATION not in running.err
        return packages(running.err)


def answered(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/me", trust_env=False, verify=False)
    except httpx.TransportError:
        return False
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    return True


@pytest.mark.parametrize(
    ("settings", "besides"),
    [
        pytest.param({}, set(), id="sqlite"),
        pytest.param({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, {"psycopg", "psycopg-binary"}, id="postgresql"),
    ],
)
def test_web_loads_no_engine_no_celery_and_no_flag_client(
    settings: dict[str, str], besides: set[str], site: Site, tmp_path: Path, always: set[str]
) -> None:
    assert loaded_by_web(site, tmp_path, settings) | always == WEB | besides | always


def test_web_loads_the_flag_client_if_there_is_a_flag_server(site: Site, tmp_path: Path) -> None:
    settings = {"UNLEASH_URL": "http://127.0.0.1:1", "UNLEASH_API_TOKEN": "default:development.secret"}
    assert {"UnleashClient", "APScheduler", "requests"} < loaded_by_web(site, tmp_path, settings)


def test_web_loads_open_telemetry_if_traces_are_sent(site: Site, tmp_path: Path) -> None:
    loaded = loaded_by_web(site, tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
    assert set(TRACING) < loaded


@pytest.mark.parametrize(
    ("serves_metrics", "besides"), [(False, set()), (True, {"prometheus_client"})], ids=["no metrics", "metrics"]
)
def test_worker_loads_no_engine_no_database_and_no_web_at_start(
    serves_metrics: bool, besides: set[str], site: Site, tmp_path: Path, always: set[str]
) -> None:
    # A queue of its own: another test may have left a task in the shared one.
    queue = f"{site.redis.url.rpartition('/')[0]}/1"
    servers = {"DATABASE_URL": site.database_url, "REDIS_URL": site.redis.url, "CELERY_BROKER_URL": queue}
    port = str(free_port() if serves_metrics else 0)
    settings = environ(DATA_DIR=str(tmp_path), WORKER_METRICS_PORT=port, **servers)
    with program([*PYTHON, "-m", PROJECT, "worker"], settings, tmp_path / "worker") as running:
        running.wait_for("ready.")
        loaded = packages(running.err)
    assert loaded | always == SHELL | LOGS | REDIS | CELERY | besides | always


@pytest.mark.parametrize(
    ("command", "besides"),
    [(["--version"], set()), (["config"], set()), (["flags", "list"], {"rich"})],
)
def test_command_loads_only_what_it_shows(
    command: list[str], besides: set[str], tmp_path: Path, always: set[str]
) -> None:
    loaded = packages(trace_of("-m", PROJECT, *command, DATA_DIR=str(tmp_path)))
    assert loaded | always == SHELL | besides | always
