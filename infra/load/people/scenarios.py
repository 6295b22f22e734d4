"""The scenarios: what happens, how many people, and by which goals a run passes."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.load.people import benched, judge, run
from infra.load.people.benched import BenchCourse
from infra.load.people.run import Course, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`goals`: limits by the names of `judge`. `forgiven`: kinds of faults that the scenario makes itself."""

    what: str
    course: Course | None = None
    bench: BenchCourse | None = None
    """In place of a course: a measurement with the clients of `make bench`."""
    size: Size
    goals: Mapping[str, float]
    forgiven: frozenset[str] = frozenset()
    short: bool = True
    """Whether `make load` runs it without a name."""
    remote: bool = True
    """Whether it can run against a site that was not started here."""


_EVERY = {"errors": judge.ERRORS_PERCENT}
_STREAMS = _EVERY | {
    "absent": 0,
    "connect": judge.CONNECT_MS,
    "update": judge.UPDATE_MS,
    "uptime": judge.UPTIME_PERCENT,
    "behind": 0,
}

SCENARIOS = {
    "viewers-100": Scenario(
        what="100 people watch a session of their own each",
        course=run.viewers,
        size=Size(100, 60.0),
        goals=_STREAMS | {"memory": judge.MEMORY_PERCENT},
    ),
    "viewers-1000": Scenario(
        what="1,000 people watch a session of their own each",
        course=run.viewers,
        size=Size(1000, 60.0),
        goals=_STREAMS,
        short=False,
    ),
    "reconnect-storm": Scenario(
        what="1,000 streams end by a drain, and then by a kill after which all come back in the same moment",
        course=run.storm,
        size=Size(1000, 10.0, rate=100.0),
        goals=_EVERY | {"absent": 0, "back_s": judge.BACK_S, "update": judge.UPDATE_MS},
        forgiven=frozenset({"refused", "cut", "busy", "timeout"}),
        remote=False,
    ),
    "upload-storm": Scenario(
        what="100 people upload a recording of 203 kB in the same moment, and follow it to its end",
        course=run.uploads,
        size=Size(100, 180.0),
        goals=_EVERY | {"lost": 0, "final": judge.FINAL_MS},
        forgiven=frozenset({"busy"}),
    ),
    "mixed": Scenario(
        what="60 people watch by stream, wait and poll, 20 upload, follow what they sent and read their lists",
        course=run.mixed,
        size=Size(60, 60.0),
        goals=_STREAMS | {"wait": 2 * judge.CONNECT_MS, "final": judge.FINAL_MS, "lost": 0},
        forgiven=frozenset({"busy"}),
    ),
    "bad-network": Scenario(
        what="100 people, a quarter each behind a way that is 0.1 s longer, cuts, drips, or holds streams back",
        course=run.bad_network,
        size=Size(100, 60.0),
        goals=_EVERY | {"late": judge.LATE_MS, "behind": 0},
        forgiven=frozenset({"cut", "timeout"}),
        remote=False,
    ),
    "crowd": Scenario(
        what="10,000 people watch a session of their own each, simulated by the client of `make bench`",
        bench=benched.crowd,
        size=Size(10_000, 10.0),
        goals=_EVERY | {"connect": judge.CONNECT_MS, "update": judge.UPDATE_MS, "lost": 0},
        short=False,
        remote=False,
    ),
    "requests": Scenario(
        what="one person watches a session of 60 s and one of 10 min, by stream and by polling every 3 s",
        bench=benched.requests,
        size=Size(1, 60.0),
        goals={"requests": judge.REQUESTS_PERCENT, "bytes": judge.BYTES_PERCENT},
        remote=False,
    ),
}
