"""Calculates what so many viewers need, and which limits they meet, from what one viewer costs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from infra.load import replay

from playhead.config import POOL, Settings
from playhead.live.events import DRAIN_SPREAD_MS
from playhead.live.stream import MAX_AGE_JITTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one viewer costs, as measured: the metrics of the scenario `scale`, by their names there.

    Times are CPU in µs: of an opening, of a minute of an open stream, of an update, of a commit.
    """

    open_web_us: float
    open_redis_us: float
    open_database_us: float
    open_transactions: float
    minute_web_us: float
    minute_redis_us: float
    minute_database_us: float
    minute_transactions: float
    update_web_us: float
    publish_redis_us: float
    publish_redis_bytes: float
    listener_redis_us: float
    listener_redis_bytes: float
    commit_database_us: float
    base_web_mb: float
    stream_web_kb: float
    socket_kernel_kb: float
    stream_redis_bytes: float
    update_wire_bytes: float
    start_s: float

    @classmethod
    def of(cls, row: Mapping[str, float | str]) -> "Costs":
        return cls(**{field.name: float(row[field.name]) for field in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is assumed of a site and its machines, beside what was measured."""

    update_every_s: float = replay.MEAN_S
    age_s: float = Settings().max_age_s * (1 - MAX_AGE_JITTER / 2)
    """Seconds until a stream ends and is opened again, on average."""
    per_process: int = Settings().streams_per_process
    busy: float = 0.5
    """The share of a core that is planned for ordinary load; the rest is for deploys, and for what goes wrong."""
    cores: int = 8
    memory_gb: int = 32
    """Of a machine, an ordinary one of clouds."""
    processes_a_machine: int = 7
    """A core is left to the kernel and its network."""
    drain_spread_s: float = DRAIN_SPREAD_MS / 1000
    """Within which readers of a process that ends come back."""
    back_s: float = 10.0
    """How long people should be without a stream after a deploy, at most."""
    database_connections: int = 97
    """PostgreSQL's default of 100, without the three for its administrator."""
    proxy_connections: int = 1024
    """Of a worker of nginx, as its own packages set it; each viewer takes two."""
    tracked_connections: int = 262_144
    """Linux's default for a machine whose firewall tracks connections (`nf_conntrack_max`)."""


PLAN = Plan()
MBIT = 8 / 1e6
"""Of a byte."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What so many viewers need."""

    viewers: int
    processes: int
    machines: int
    memory_gb: float
    kernel_gb: float
    out_mbit_s: float
    publishes_per_s: float
    redis_cores: float
    redis_gb: float
    redis_in_mbit_s: float
    redis_out_mbit_s: float
    reads_per_s: float
    database_cores: float


def needs(costs: Costs, viewers: int, plan: Plan = PLAN) -> Needs:
    processes = math.ceil(viewers / per_process(costs, plan))
    per_s = viewers / plan.update_every_s
    return Needs(
        viewers=viewers,
        processes=processes,
        machines=math.ceil(processes / plan.processes_a_machine),
        memory_gb=(processes * costs.base_web_mb + viewers * costs.stream_web_kb / 1e3) / 1e3,
        kernel_gb=viewers * costs.socket_kernel_kb / 1e6,
        out_mbit_s=per_s * costs.update_wire_bytes * MBIT,
        publishes_per_s=per_s,
        redis_cores=viewers * redis_us(costs, plan) / 1e6,
        redis_gb=viewers * costs.stream_redis_bytes / 1e9,
        redis_in_mbit_s=per_s * costs.publish_redis_bytes * MBIT,
        redis_out_mbit_s=per_s * costs.listener_redis_bytes * MBIT,
        reads_per_s=viewers * (costs.minute_transactions / 60 + costs.open_transactions / plan.age_s),
        database_cores=viewers * database_us(costs, plan) / 1e6,
    )


def web_us(costs: Costs, plan: Plan = PLAN) -> float:
    """CPU of the web process for a second of one viewer, in µs."""
    return costs.minute_web_us / 60 + costs.update_web_us / plan.update_every_s + costs.open_web_us / plan.age_s


def per_process(costs: Costs, plan: Plan = PLAN) -> int:
    """Viewers of one process: as many as its setting and its core allow."""
    return min(plan.per_process, int(plan.busy * 1e6 / web_us(costs, plan)))


def redis_us(costs: Costs, plan: Plan = PLAN) -> float:
    """The same of Redis: a session is heard by the one process that has its viewer."""
    update_us = costs.publish_redis_us + costs.listener_redis_us
    return costs.minute_redis_us / 60 + update_us / plan.update_every_s + costs.open_redis_us / plan.age_s


def database_us(costs: Costs, plan: Plan = PLAN) -> float:
    """The same of the database: each status is committed before it is published."""
    return (
        costs.minute_database_us / 60
        + costs.commit_database_us / plan.update_every_s
        + costs.open_database_us / plan.age_s
    )


@dataclass(frozen=True, slots=True)
class Limit:
    """What does not go on beyond so many viewers, and what helps."""

    viewers: int
    what: str
    then: str


def limits(costs: Costs, plan: Plan = PLAN) -> list[Limit]:
    """Every limit that a growing site meets, the first one first."""
    most, half = per_process(costs, plan), percent(plan.busy)
    reopened = int(plan.back_s / costs.open_web_us * 1e6)
    streams = f"{most:,} streams of a process, with {percent(most * web_us(costs, plan) / 1e6)} of its core"
    found = [
        Limit(1, "a worker for each session that is transcribed", "as many workers; all below is about watching"),
        Limit(
            plan.proxy_connections // 2,
            f"{plan.proxy_connections:,} connections of a worker of nginx, two a viewer",
            "`worker_connections 20000;`",
        ),
        Limit(most, streams, "more processes"),
        Limit(
            int(plan.busy * 1e6 / redis_us(costs, plan)),
            f"{half} of the one core that Redis uses",
            "a Redis for statuses alone (`STATUS_REDIS_URL`), then sites of their own: there are no sharded channels",
        ),
        Limit(
            int(plan.busy * plan.cores * 1e6 / database_us(costs, plan)),
            f"{half} of the {plan.cores} cores of PostgreSQL, nearly all by commits of statuses",
            "more cores, then sites of their own",
        ),
        Limit(
            plan.tracked_connections // 2,
            f"{plan.tracked_connections:,} connections that the firewall of a proxy tracks, two a viewer",
            "`nf_conntrack_max`, or more proxies",
        ),
        Limit(
            plan.database_connections // POOL * most,
            f"{plan.database_connections} connections to PostgreSQL, {POOL} a process",
            "`max_connections`, or PgBouncer",
        ),
    ]
    if reopened < most:  # else a process has fewer
        what = f"one process takes {plan.back_s:.0f} s to open all streams again after a deploy"
        found.append(Limit(reopened, what, "more processes"))
    return sorted(found, key=lambda limit: limit.viewers)


def first_met(found: Sequence[Limit], viewers: int, beyond: int) -> Limit | None:
    """The first limit that these viewers meet and `beyond` do not."""
    return next((limit for limit in found if beyond < limit.viewers <= viewers), None)


def percent(share: float) -> str:
    return f"{100 * share:.2g} %"
