"""Writes the results of a run together with its machine and versions, without which they mean nothing."""

import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.load.axes import Axes
from infra.load.peers import BIN
from infra.load.rig import CORES, NICE, Rig
from infra.load.table import Results, Row

FOLDER = Path(__file__).parent / "results"
OWN = ("quart", "hypercorn", "uvloop", "redis", "hiredis", "sqlalchemy", "msgspec")
PEERS = ("quart", "hypercorn", "uvicorn", "uvloop", "httptools", "starlette", "sse_starlette", "redis", "hiredis")


def write(results: Results, axes: Mapping[str, Axes], rig: Rig) -> Path:
    """Writes the results of a run, in place of those of the same scenarios on this day and machine."""
    moment = datetime.now(UTC)
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{moment:%Y-%m-%d}-{shape()}.json"
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"runs": {}, "results": {}}
    run = {"at": f"{moment:%Y-%m-%dT%H:%MZ}", "load_before": LOAD_BEFORE}
    loads = {name: {field: _rounded(value) for field, value in asdict(axes[name]).items()} for name in results}
    kept |= {"machine": machine(), "versions": versions(rig)}
    kept["runs"] |= {name: run | {"axes": load} for name, load in loads.items()}
    kept["results"] |= rounded(results)
    path.write_text(json.dumps(kept, indent=1) + "\n")
    return path


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest stored result of one scenario."""

    at: str
    processor: str
    axes: Mapping[str, float]
    rows: Mapping[str, Row]


def newest(folder: Path = FOLDER) -> dict[str, Kept]:
    """Reads the newest stored result of each scenario, of those that were stored with their axes."""
    found: dict[str, Kept] = {}
    for path in sorted(folder.glob("2*.json")):
        document = json.loads(path.read_text())
        for name, run in document.get("runs", {}).items():
            if name not in found or run["at"] >= found[name].at:
                processor, rows = document["machine"]["processor"], document["results"][name]
                found[name] = Kept(run["at"], processor, run["axes"], rows)
    return found


LOAD_BEFORE = round(os.getloadavg()[1], 2)
"""The machine's load before the run: above 0.5, times are too long, and ratios are more reliable."""


def shape() -> str:
    """Makes a name for the type of machine, from its processor and its cores."""
    words = "".join(letter if letter.isalnum() else " " for letter in _processor().lower()).split()
    return "-".join([*words[:3], f"{len(CORES)}cores"])


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": len(CORES),
        "kernel": platform.release(),
        "system": platform.system(),
        "nice": int(NICE),
    }


def versions(rig: Rig) -> dict[str, Any]:
    """Collects the versions of the product's libraries, of the peers', and of Redis."""
    info = rig.ask("INFO", "server").decode()
    # Valkey reports both versions, that of Redis for compatibility.
    fields = {name: value for name, _, value in (line.partition(":") for line in info.splitlines())}
    redis = next(f"{name} {fields[name]}" for name in ("valkey_version", "redis_version") if name in fields)
    return {
        "python": sys.version.split()[0],
        "redis": redis,
        "playhead": {name: version(name) for name in OWN},
        "peers": {name: found for name in PEERS if (found := _of_peers(name))},
    }


def rounded(results: Results) -> dict[str, Any]:
    return {
        scenario: {peer: {name: _rounded(value) for name, value in row.items()} for peer, row in peers.items()}
        for scenario, peers in results.items()
    }


def _rounded(value: float | str) -> float | str:
    if isinstance(value, str):
        return value
    return int(value) if value == int(value) else round(value, 3)


def _of_peers(name: str) -> str:
    folders = (BIN.parent / "lib").glob(f"python*/site-packages/{name}-*.dist-info")
    return next((folder.name.removesuffix(".dist-info").rpartition("-")[2] for folder in folders), "")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
