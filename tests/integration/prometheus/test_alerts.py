"""A site breaks and is mended: Prometheus and Alertmanager send notices of both to a webhook.

Windows are a sixtieth of what they are, and so are limits of some gauges. Alerts fire after 2 s and are resolved after
5 s at most: tests of promtool have their times. The rest is as it is.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from infra.prometheus.rules import rules
from infra.prometheus.times import Times
from redis import Redis
from sqlalchemy import text, update
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import TokenRow
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.monitoring.alerts.conditions import Above
from playhead.monitoring.alerts.table import BY_NAME, Alert
from playhead.monitoring.watches.affected import OLD_S
from playhead.monitoring.watches.report import EDGES_MS
from playhead.sessions.models import SessionRow
from tests.support.alertmanager import Notices, alertmanager
from tests.support.house import ROOT, WORDS_WORKER, House, house_on
from tests.support.ports import free_port
from tests.support.programs import Program, program, ready
from tests.support.prometheus import Prometheus, prometheus
from tests.support.quick_worker import FAULT_AT, WORDS
from tests.support.site import WEB, Person, Site
from tests.support.waiting import until

TOKEN = "a token of Prometheus"
SCALE = Times(60)
FOR_S, KEEP_FIRING_S = 120, 300
"""The longest, before they are scaled: one evaluation, and two for what a busy machine measures too late."""
LIMITS = {"RedisAway": 15.0, "NoWorker": 1.0, "QueueOld": 1.0, "FlagsStale": 4.0}
"""Seconds. Redis is asked every 10 s."""
STALL_S = 2
"""The setting of the web: sessions without progress for longer, and a minute more, count as stalled. The worker, which
would end them, has another one."""
AN_HOUR = timedelta(hours=1)
ERRORS = 12
"""Enough for the alert."""
PEOPLE = 8
"""Enough for an alert about people."""
LATE_MS, SOON_MS, LAGS = 500.0, 50.0, 10
SEEN = ("FreshBurnsFast", "LagBurnsFast", "EstablishedBurnsFast")
"""What pages report again and again: a final status is reported once, and a scaled window is too short for that."""
TRIED = (
    *SEEN,
    "WebDown",
    "WorkerDown",
    "ErrorRate",
    "RedisMemory",
    "RedisFull",
    "WorkerStalled",
    *LIMITS,
)


def shortened(alert: Alert) -> Alert:
    alert = replace(alert, for_s=min(alert.for_s, FOR_S), keep_firing_s=min(alert.keep_firing_s, KEEP_FIRING_S))
    limit = LIMITS.get(alert.name)
    if limit is None:
        return alert
    assert isinstance(alert.condition, Above)
    return replace(alert, condition=replace(alert.condition, limit=limit))


@dataclass
class Watched:
    """A house with a web process and a worker that Prometheus reads."""

    house: House
    folder: Path
    ports: dict[str, int]
    flags: Path
    notices: Notices
    running: ExitStack
    web: Program | None = None
    worker: Program | None = None

    def start_web(self) -> None:
        settings = {"PORT": str(self.ports["web"]), "FLAGS_FILE": str(self.flags), "STALL_S": str(STALL_S)}
        made = program(WEB, self.house.environ | settings | {"METRICS_TOKEN": TOKEN}, self.folder / f"web-{new_id()}")
        self.web = self.running.enter_context(made)
        until(lambda: ready(self.url), "the web is ready")

    def start_worker(self) -> None:
        settings = {"METRICS_TOKEN": TOKEN, "WORKER_METRICS_PORT": str(self.ports["worker"])}
        self.worker = self.running.enter_context(self.house.worker(WORDS_WORKER, **settings))
        self.worker.wait_for("ready.")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['web']}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/api/v1", trust_env=False)

    def people(self, count: int) -> list[Person]:
        house = self.house
        return Site(house.folder, house.redis, house.database, house.environ["DATABASE_URL"]).people(count)

    def fire(self, *alerts: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Waits until each of these alerts has fired, and does something each second."""

        def have() -> bool:
            meanwhile()
            return all(self.notices.of(name) for name in alerts)  # the first notice is of its begin

        self._until(have, "fired", alerts)

    def be_resolved(self, *alerts: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        """The same until the newest notice of each is that it is resolved."""

        def are() -> bool:
            meanwhile()
            return all(self.notices.states()[name] == "resolved" for name in alerts)

        self._until(are, "resolved", alerts)

    def _until(self, condition: Callable[[], bool], what: str, alerts: Sequence[str]) -> None:
        try:
            until(condition, look_s=1)
        except AssertionError as error:
            raise AssertionError(f"not {what}: {alerts} but {self.notices.states()}") from error


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[tuple[Watched, Prometheus]]:
    folder = tmp_path_factory.mktemp("watched")
    flags = folder / "flags.json"
    shutil.copy(ROOT / "flags" / "flags.json", flags)
    file = folder / "rules.yml"
    file.write_text(yaml.safe_dump(rules([shortened(BY_NAME[name]) for name in TRIED], times=SCALE)))
    ports = {"web": free_port(), "worker": free_port()}
    with (
        house_on(f"sqlite:///{folder}/db", folder, data_dir) as house,
        alertmanager(folder / "alertmanager") as (manager, notices),
        ExitStack() as running,
    ):
        watched = Watched(house, folder, ports, flags, notices, running)
        watched.start_worker()
        watched.start_web()
        with prometheus(folder / "prometheus", ports, TOKEN, rules=[file], alertmanager=manager) as server:
            until(lambda: server.value("sum(up)") == 2, "both are read")
            yield watched, server


@dataclass
class Page:
    """A page that follows somebody's list by a stream, and reports each second what its reader saw."""

    client: httpx.Client
    person: Person
    reports: int = 0
    begun_at: float = field(default_factory=time.monotonic)

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.begun_at

    def open(self) -> None:
        """Begins to follow."""
        self.client.get("/status", headers=self.person.headers).raise_for_status()

    def report(self, seconds: float, fresh: float, edge_ms: float, **more: float) -> None:
        """Reports this time since the last report, of which the data were fresh for so long, a few lags, and more."""
        self.reports += 1
        lags = [LAGS if edge == edge_ms else 0 for edge in EDGES_MS]
        body = {
            "page": f"{int(self.person.id.replace('-', ''), 16) % 16**16:016x}",
            "seq": self.reports,
            "transport": "stream",
            "elapsed_s": self.age_s,
            "seconds": {"stream": [seconds, fresh]},
            "lag_ms": {"stream": [*lags, 0, LAGS * edge_ms]},
            "rtt_ms": 10,
        } | more
        self.client.post("/telemetry", headers=self.person.headers, json=body).raise_for_status()


def report_badly(pages: Sequence[Page], seconds: float = 1) -> None:
    """Reports old data, late statuses, and a stream that was mute."""
    for page in pages:
        page.report(seconds, 0, LATE_MS, mutes=1)


def report_well(pages: Sequence[Page]) -> None:
    for page in pages:
        page.report(1, 1, SOON_MS, proven=1)


@contextmanager
def without_tokens(house: House) -> Iterator[None]:
    """The database lacks a table that every request of a program needs."""
    name = TokenRow.__tablename__
    house.database.run(Db.execute, text(f"ALTER TABLE {name} RENAME TO away"))
    try:
        yield
    finally:
        house.database.run(Db.execute, text(f"ALTER TABLE away RENAME TO {name}"))


@contextmanager
def without_flags(file: Path) -> Iterator[None]:
    """The file of the flags has none."""
    good = file.read_text()
    file.write_text("no flags")
    try:
        yield
    finally:
        file.write_text(good)


@contextmanager
def a_full_redis(house: House) -> Iterator[None]:
    """Redis uses 97 % of what it may."""
    with Redis.from_url(house.redis_url) as redis:
        redis.config_set("maxmemory", round(redis.info("memory")["used_memory"] / 0.97))
        try:
            yield
        finally:
            redis.config_set("maxmemory", 0)


@contextmanager
def a_stalled_worker(house: House) -> Iterator[None]:
    """A worker holds a session that makes no progress; an hour ago it did."""
    session_id = house.upload("wait 1")
    house.until(session_id, lambda status: status.segments == FAULT_AT, "the worker waits")
    house.database.run(Db.execute, update(SessionRow).values(changed_at=now() - AN_HOUR))
    try:
        yield
    finally:
        house.end_wait(session_id)
    house.completes(session_id, WORDS)


def test_no_alert_is_active_while_all_is_well(site: tuple[Watched, Prometheus]) -> None:
    watched, server = site
    session_id = watched.house.upload("wait 0")
    watched.house.completes(session_id, WORDS)
    for name in ("playhead_queue_untaken_seconds", "playhead_redis_answer_age_seconds", "playhead_flags_age_seconds"):
        until(lambda one=name: server.value(f"max({one})") is not None, f"{name} is read")  # type: ignore[misc]
    until(lambda: server.states() == dict.fromkeys(TRIED, "inactive"), "no alert is active")


def test_what_people_see_and_what_is_stuck_is_notified_until_mended(site: tuple[Watched, Prometheus]) -> None:
    watched, _ = site
    alerts = (*SEEN, "FlagsStale", "WorkerStalled", "RedisMemory", "RedisFull")
    with watched.client() as client:
        pages = [Page(client, person) for person in watched.people(PEOPLE)]
        for page in pages:
            page.open()
        with without_tokens(watched.house):
            for _ in range(ERRORS):
                assert client.get("/me", headers=pages[0].person.headers).is_server_error
        with without_flags(watched.flags), a_full_redis(watched.house), a_stalled_worker(watched.house):
            until(lambda: pages[-1].age_s > OLD_S + 1, "it can be that pages had old data for so long")
            report_badly(pages, OLD_S + 1)
            watched.fire("ErrorRate", *alerts, meanwhile=lambda: report_badly(pages))
        # The window of errors is the longest, 30 s: the next test ends with everything resolved.
        watched.be_resolved(*alerts, meanwhile=lambda: report_well(pages))
    (notice, *_) = watched.notices.of("WorkerStalled")
    assert notice["annotations"]["summary"] == BY_NAME["WorkerStalled"].sentence(1)
    assert notice["annotations"]["runbook_url"].endswith("/runbooks/worker-stalled")
    assert notice["labels"]["severity"] == "page"


def test_processes_and_redis_that_are_away_are_notified_until_mended(site: tuple[Watched, Prometheus]) -> None:
    watched, _ = site
    alerts = ("RedisAway", "WorkerDown", "NoWorker", "QueueOld")
    assert watched.worker is not None
    assert watched.web is not None
    watched.worker.kill()
    watched.web.kill()
    watched.fire("WebDown", "WorkerDown")
    watched.start_web()
    session_id = watched.house.upload("wait 0")
    watched.house.redis.kill()
    watched.fire(*alerts)
    watched.house.redis.start()
    watched.start_worker()
    watched.house.completes(session_id, WORDS)
    watched.be_resolved("WebDown", *alerts)
    until(lambda: set(watched.notices.states().values()) == {"resolved"}, "nothing is left")
