"""Shows what a run found, stores it for the repository, and writes the tables of the READMEs."""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.load import stored
from infra.load.axes import Axes
from infra.load.people.judge import Check, State, verdict
from infra.load.rig import Rig

if TYPE_CHECKING:
    from infra.load.people.scenarios import Scenario

WORDS: dict[State, str] = {"met": "passed", "missed": "FAILED", "not judged": "NOT JUDGED"}
LOOP = 10_000_000
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Busy:
    """How busy the machine was before a run: its load average of a minute, and the time of ten million additions."""

    load: float
    loop_s: float

    @classmethod
    def now(cls) -> "Busy":
        began, total = time.perf_counter(), 0
        for number in range(LOOP):
            total += number
        return cls(round(os.getloadavg()[0], 2), round(time.perf_counter() - began, 2))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def show(found: Found, checks: list[Check]) -> None:
    """Prints the checks of a run, and the times that they are made from."""
    for check in checks:
        sign = {"met": "ok", "missed": "MISSED", "not judged": "??"}[check.state]
        value = "–" if check.value is None else f"{check.value:.4g} {check.unit}".strip()
        bound = f"{'≥' if check.at_least else '<' if check.limit else '≤'} {check.limit:g} {check.unit}".strip()
        say(f"  {sign:7}{check.name:9}{value:>12}  ({bound})  {check.sentence}".rstrip())
    for what, times in sorted(found["times"].items()):
        if times["n"]:
            numbers = "  ".join(f"{name} {times[name]:8.1f}" for name in ("p50", "p95", "p99", "max") if name in times)
            say(f"  {what:14} ms  {numbers}  of {times['n']}")
    rest = {name: value for name, value in found.items() if isinstance(value, int | float) and name != "viewers"}
    say("  " + ", ".join(f"{name} {value:.4g}" for name, value in rest.items()))
    if found["faults"]:
        say(
            "  faults: " + "; ".join(f"{n} × {kind} ({found['examples'][kind]})" for kind, n in found["faults"].items())
        )


def axes(found: Found) -> Axes:
    """What was loaded how much, so that results can be compared."""
    counts = found["counts"]
    return Axes(
        sockets=found["viewers"],
        connects_per_s=found.get("connects_per_s", 0.0),
        churn_per_s=found.get("churn_per_s", 0.0),
        publishes_per_s=found.get("publishes_per_s") or 0.0,
        payload_bytes=counts.get("event_bytes", 0) / max(1, counts.get("events", 0)),
        slow_percent=found.get("slow_percent", 0.0),
    )


def store(
    name: str, database: str, scenario: "Scenario", found: Found, checks: list[Check], busy: Busy, rig: Rig
) -> Path:
    """Writes the results of a scenario into the file of this day and machine, in place of its last ones there."""
    moment = datetime.now(UTC)
    path = stored.FOLDER / f"people-{moment:%Y-%m-%d}-{stored.shape()}.json"
    stored.FOLDER.mkdir(exist_ok=True)
    kept = json.loads(path.read_text()) if path.exists() else {"machine": stored.machine(), "scenarios": {}}
    kept["scenarios"][name if database == "SQLite" else f"{name} ({database})"] = {
        "at": f"{moment:%Y-%m-%dT%H:%MZ}",
        "busy": asdict(busy),
        "size": asdict(scenario.size),
        "axes": _rounded(asdict(axes(found))),
        "verdict": verdict(checks),
        "checks": [_rounded(asdict(check)) for check in checks],
        "found": _rounded({name: value for name, value in found.items() if name != "examples"}),
    }
    kept["versions"] = stored.versions(rig)
    path.write_text(json.dumps(kept, indent=1) + "\n")
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, 3) if isinstance(value, float) else value
