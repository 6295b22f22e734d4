"""Runs every scenario against its peers and prints a table: `python -m infra.load`. README.md describes each."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.load import product, published, replay, stored, table
from infra.load.axes import Axes
from infra.load.document import PAYLOAD_BYTES
from infra.load.peers import PEERS
from infra.load.product import Target
from infra.load.rig import Rig, rig
from infra.load.scenarios import (
    ceiling,
    churn,
    crowd,
    fanout,
    idle,
    keys,
    observed,
    person,
    polite,
    polls,
    publishing,
    resets,
    scale,
    sigterm,
    spread,
    stalled,
    storm,
    switch,
    wait,
    wire,
)
from infra.load.server import Server, server

from playhead import log

ALL = tuple(PEERS)
OWN = ("playhead",)
STANDALONE = ("cold_start", "eta", "first_visit", "turns")
"""Measurements that start their own processes and print their own results."""


@dataclass(frozen=True, slots=True)
class Scenario:
    run: Callable[[Server], dict[str, Any]]
    peers: tuple[str, ...]
    axes: Axes
    fast: bool = True
    """Whether FAST=1 runs it."""
    sessions: int = product.SESSIONS
    """Sessions in progress, no more than needed: a web process counts and sweeps them every few seconds."""


def _load(sockets: int, **others: float) -> Axes:
    return Axes(sockets=sockets, payload_bytes=PAYLOAD_BYTES, **others)


OPENED = ("playhead", "live-uvicorn", "asgi-hypercorn")
SCENARIOS = {
    "fanout": Scenario(fanout.run, ALL, _load(fanout.READERS, publishes_per_s=fanout.RATE, fan_out=fanout.READERS)),
    "spread": Scenario(
        spread.run, ALL, _load(spread.SESSIONS, publishes_per_s=spread.LOAD_RATE), sessions=spread.SESSIONS
    ),
    "idle": Scenario(idle.run, (*OPENED, "sse-starlette", "nchan"), _load(idle.SIZES[-1]), fast=False),
    "storm": Scenario(storm.run, ALL, _load(storm.READERS)),
    "polls": Scenario(polls.run, OPENED, _load(polls.N, publishes_per_s=polls.N)),
    "ceiling": Scenario(
        ceiling.fanout, ("playhead", "sse-starlette"), _load(ceiling.READERS, fan_out=ceiling.READERS), fast=False
    ),
    "ceiling-spread": Scenario(ceiling.spread, ("playhead", "sse-starlette"), _load(ceiling.READERS), fast=False),
    "crowd": Scenario(crowd.run, ("playhead", "asgi-hypercorn"), _load(crowd.STREAMS), fast=False),
    "polite": Scenario(
        polite.run, ("playhead", "asgi-hypercorn"), _load(polite.SOCKETS, publishes_per_s=polite.STREAMS), fast=False
    ),
    "resets": Scenario(resets.run, ("playhead", "naive"), _load(1), fast=False),
    "stalled": Scenario(
        stalled.run,
        ("playhead", "asgi-hypercorn"),
        _load(stalled.READERS, publishes_per_s=stalled.RATE, fan_out=stalled.READERS, slow_percent=100),
        fast=False,
    ),
    "sigterm": Scenario(sigterm.run, ("playhead", "live-uvicorn"), _load(sigterm.READERS)),
    "switch": Scenario(switch.run, OWN, _load(switch.MANY), fast=False),
    "keys": Scenario(keys.run, OWN, _load(keys.READERS, publishes_per_s=keys.READERS)),
    "wire": Scenario(wire.run, OWN, Axes(sockets=1, publishes_per_s=1 / replay.MEAN_S)),
    "person": Scenario(
        person.run, OWN, _load(1, subscriptions_a_socket=person.SESSIONS, publishes_per_s=person.RATE), fast=False
    ),
    "publishing": Scenario(publishing.run, OWN, _load(0, publishes_per_s=1 / publishing.PAUSE_S)),
    "observed": Scenario(
        observed.run, OWN, _load(fanout.READERS, publishes_per_s=fanout.RATE, fan_out=fanout.READERS), fast=False
    ),
    "wait": Scenario(
        wait.run, ("playhead", "live-uvicorn"), _load(wait.N, publishes_per_s=wait.N / wait.EVERY_S), fast=False
    ),
    "churn": Scenario(churn.run, OWN, _load(churn.WINDOW), fast=False),
    "scale": Scenario(scale.run, OWN, _load(scale.STREAMS, publishes_per_s=scale.RATE), fast=False),
}


def main() -> None:
    chosen = _arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):  # as at Ctrl-C: ends the processes that were started
        signal.signal(number, signal.default_int_handler)
    log.configure("console", "ERROR")  # hides the product's warnings that Redis is gone
    with tempfile.TemporaryDirectory(prefix="playhead-load-") as folder, rig(Path(folder)) as run:
        found = {name: _measured(run, name, chosen.peers, chosen.repeat) for name in chosen.only}
        axes = table.loads(found, {name: scenario.axes for name, scenario in SCENARIOS.items()})
        _print("\n" + table.render(found, axes) + "\n")
        if chosen.whole or chosen.keep:
            file = stored.write(found, axes, run)
            published.write()
            _print(f"Results written to {file.relative_to(Path.cwd())}, and their tables.")
    failed = table.failures(found)
    for name in STANDALONE if chosen.whole else ():
        _print(f"\n== {name}")
        done = subprocess.run([sys.executable, "-m", f"infra.load.{name}"], check=False)  # noqa: S603 - our own
        if done.returncode:
            failed.append(f"{name}: exit code {done.returncode}")
    if failed:
        sys.exit("\n  ".join(["\nNot measured:", *failed]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.load", description=__doc__)
    parser.add_argument("--only", type=_names(SCENARIOS), default=[], help="scenarios, separated by commas")
    parser.add_argument("--peers", type=_names(PEERS), default=list(PEERS), help="peers, separated by commas")
    parser.add_argument("--repeat", type=int, default=1, help="repetitions, whose medians are reported")
    parser.add_argument("--fast", action="store_true", help="without the scenarios that take minutes")
    parser.add_argument("--keep", action="store_true", help="keep the results, as those of a whole run are")
    chosen = parser.parse_args()
    chosen.whole = not chosen.only and not chosen.fast and chosen.peers == list(PEERS)
    chosen.only = chosen.only or [name for name, scenario in SCENARIOS.items() if scenario.fast or not chosen.fast]
    return chosen


def _names(allowed: dict[str, Any]) -> Callable[[str], list[str]]:
    def split(given: str) -> list[str]:
        names = given.split(",")
        if wrong := [name for name in names if name not in allowed]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(wrong)}; choose from: {', '.join(allowed)}")
        return names

    return split


def _measured(run: Rig, name: str, wanted: list[str], repeat: int) -> dict[str, table.Row]:
    """Measure each peer in turn, and repeat in the opposite order, so that a drift affects all alike."""
    targets, seeded = _seeded(run, SCENARIOS[name].sessions)
    peers = [peer for peer in SCENARIOS[name].peers if peer in wanted]
    rows: dict[str, list[table.Row]] = {peer: [] for peer in peers}
    for turn in range(repeat):
        for peer in peers if turn % 2 == 0 else peers[::-1]:
            began = time.monotonic()
            try:
                with server(run, peer, targets, seeded) as running:
                    row: table.Row = SCENARIOS[name].run(running)
            except Exception as error:  # noqa: BLE001 - the other peers are still measured
                traceback.print_exc()
                row = {"error": f"{type(error).__name__}: {error}"}
            rows[peer].append(row)
            _print(f"{name:16} {peer:16} {time.monotonic() - began:5.1f} s", sys.stderr)
    return {peer: table.merged(found) for peer, found in rows.items()}


@cache
def _seeded(run: Rig, sessions: int) -> tuple[list[Target], Path]:
    """The sessions of a data folder, and the folder."""
    folder = run.folder / f"seeded-{sessions}"
    return product.seed(folder, sessions=sessions), folder


def _print(line: str, file: Any = sys.stdout) -> None:
    file.write(line + "\n")
    file.flush()


if __name__ == "__main__":
    main()
