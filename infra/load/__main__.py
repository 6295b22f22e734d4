"""`python -m infra.load`: every scenario against its peers, and a table. README.md says what each is."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.load import product, results, table
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
    publishing,
    resets,
    sigterm,
    spread,
    stalled,
    storm,
    switch,
    wire,
)
from infra.load.server import Server, server

from playhead import log

ALL = tuple(PEERS)
OWN = ("playhead",)
STANDALONE = ("cold_start", "eta", "first_visit")
"""Measurements that start what they measure themselves, and say what they found."""


@dataclass(frozen=True, slots=True)
class Scenario:
    run: Callable[[Server], dict[str, Any]]
    peers: tuple[str, ...]
    fast: bool = True
    """Whether it is among those that FAST=1 runs."""


SCENARIOS = {
    "fanout": Scenario(fanout.run, ALL),
    "spread": Scenario(spread.run, ALL),
    "idle": Scenario(idle.run, ("playhead", "asgi-hypercorn", "sse-starlette", "nchan"), fast=False),
    "storm": Scenario(storm.run, ALL),
    "ceiling": Scenario(ceiling.fanout, ("playhead", "sse-starlette"), fast=False),
    "ceiling-spread": Scenario(ceiling.spread, ("playhead", "sse-starlette"), fast=False),
    "crowd": Scenario(crowd.run, OWN, fast=False),
    "resets": Scenario(resets.run, ("playhead", "naive"), fast=False),
    "stalled": Scenario(stalled.run, ("playhead", "asgi-hypercorn"), fast=False),
    "sigterm": Scenario(sigterm.run, OWN),
    "switch": Scenario(switch.run, OWN, fast=False),
    "keys": Scenario(keys.run, OWN),
    "wire": Scenario(wire.run, OWN),
    "publishing": Scenario(publishing.run, OWN),
    "churn": Scenario(churn.run, OWN, fast=False),
}


def main() -> None:
    chosen = _arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):  # like Ctrl-C: what was started is ended
        signal.signal(number, signal.default_int_handler)
    log.configure("console", "ERROR")  # what the product says when Redis is gone is not news here
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="playhead-load-") as folder, rig(Path(folder)) as run:
        seeded = Path(folder) / "seeded"
        targets = product.seed(seeded)
        found = {name: _measured(run, name, chosen.peers, chosen.repeat, targets, seeded) for name in chosen.only}
        _say("\n" + table.render(found) + "\n")
        if chosen.whole:
            kept = results.write(found, run, time.monotonic() - began)
            _say(f"Kept in {kept.relative_to(Path.cwd())}.")
    failed = table.failures(found)
    for name in STANDALONE if chosen.whole else ():
        _say(f"\n== {name}")
        done = subprocess.run([sys.executable, "-m", f"infra.load.{name}"], check=False)  # noqa: S603 - our own
        if done.returncode:
            failed.append(f"{name}: exit code {done.returncode}")
    if failed:
        sys.exit("\n  ".join(["\nNot measured:", *failed]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.load", description=__doc__)
    parser.add_argument("--only", type=_names(SCENARIOS), default=[], help="scenarios, with commas")
    parser.add_argument("--peers", type=_names(PEERS), default=list(PEERS), help="peers, with commas")
    parser.add_argument("--repeat", type=int, default=1, help="turns, of which the medians count")
    parser.add_argument("--fast", action="store_true", help="without what takes minutes")
    chosen = parser.parse_args()
    chosen.whole = not chosen.only and not chosen.fast and chosen.peers == list(PEERS)
    chosen.only = chosen.only or [name for name, scenario in SCENARIOS.items() if scenario.fast or not chosen.fast]
    return chosen


def _names(known: dict[str, Any]) -> Callable[[str], list[str]]:
    def split(given: str) -> list[str]:
        names = given.split(",")
        if strange := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(strange)}; known: {', '.join(known)}")
        return names

    return split


def _measured(
    run: Rig, name: str, wanted: list[str], repeat: int, targets: list[Target], seeded: Path
) -> dict[str, table.Row]:
    """Each peer's numbers: all have their turn, then all again in the other order, so that a drift hits each alike."""
    peers = [peer for peer in SCENARIOS[name].peers if peer in wanted]
    rows: dict[str, list[table.Row]] = {peer: [] for peer in peers}
    for turn in range(repeat):
        for peer in peers if turn % 2 == 0 else peers[::-1]:
            began = time.monotonic()
            try:
                with server(run, peer, targets, seeded) as running:
                    row: table.Row = SCENARIOS[name].run(running)
            except Exception as error:  # noqa: BLE001 - one that fails must not cost the others their numbers
                traceback.print_exc()
                row = {"error": f"{type(error).__name__}: {error}"}
            rows[peer].append(row)
            _say(f"{name:16} {peer:16} {time.monotonic() - began:5.1f} s", sys.stderr)
    return {peer: table.merged(found) for peer, found in rows.items()}


def _say(line: str, where: Any = sys.stdout) -> None:
    where.write(line + "\n")
    where.flush()


if __name__ == "__main__":
    main()
