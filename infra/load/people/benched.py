"""Measurements of load tests that the clients of `make bench` make: more people than Locust can time honestly."""

from collections.abc import Callable
from typing import Any

from infra.load import product
from infra.load.people.run import Size
from infra.load.rig import Rig
from infra.load.scenarios import wire
from infra.load.scenarios.window import measure
from infra.load.server import server

BenchCourse = Callable[[Rig, Size], dict[str, Any]]

RATE_SHARE = 10
"""A session has a new status every 10 s: a thousand a second for 10,000."""
COME_S = 300.0


def crowd(rig: Rig, size: Size) -> dict[str, Any]:
    """Opens a stream for each of so many sessions, and publishes to all of them."""
    seeded = rig.folder / "seeded"
    targets = product.seed(seeded, people=min(size.viewers, product.PEOPLE), sessions=size.viewers)
    with server(rig, "playhead", targets, seeded) as running:
        before_kb = running.pss_kb()
        with running.readers(sessions=size.viewers) as readers:
            cpu_s = running.cpu_s()
            opened = running.connect(readers, size.viewers, timeout_s=COME_S)
            cpu_s = running.cpu_s() - cpu_s
            rate = max(1, size.viewers // RATE_SHARE)
            seen = measure(running, readers, n=size.viewers, sessions=size.viewers, rate=rate, seconds=size.seconds)
            memory_kb = running.pss_kb()
    return _found(size.viewers) | {
        "times": {
            "connect": {"n": opened["ok"]} | {name: opened[f"{name}_ms"] for name in ("p50", "p99", "max")},
            "update_stream": {"n": seen["got"]} | {name: seen[f"{name}_ms"] for name in ("p50", "p99", "max")},
        },
        "counts": {"requests_stream": size.viewers, "events": seen["got"], "event_bytes": seen["bytes"]},
        "lost": seen["lost"],
        "open_all_s": opened["s"],
        "connects_per_s": size.viewers / opened["s"],
        "connect_cpu_ms": 1e3 * cpu_s / size.viewers,
        "publishes_per_s": rate,
        "web_busy": seen["busy"],
        "generator_busy": seen["others_busy"],
        "memory_before_kb": before_kb,
        "memory_kb": memory_kb,
        "memory_a_viewer_kb": (memory_kb - before_kb) / size.viewers,
    }


def requests(rig: Rig, size: Size) -> dict[str, Any]:
    """Counts the requests and bytes of one person who watches, by stream and by polling: `wire` of `make bench`."""
    seeded = rig.folder / "seeded"
    targets = product.seed(seeded, people=20, sessions=20)
    with server(rig, "playhead", targets, seeded) as running:
        return _found(size.viewers) | wire.run(running)


def _found(viewers: int) -> dict[str, Any]:
    return {"times": {}, "counts": {}, "faults": {}, "examples": {}, "viewers": viewers, "streams": viewers}
