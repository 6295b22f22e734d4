"""Writes the results of a run together with its machine and versions, without which they mean nothing."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.load.peers import BIN
from infra.load.rig import CORES, NICE, Rig
from infra.load.table import Results

FOLDER = Path(__file__).parent / "results"
OWN = ("quart", "hypercorn", "uvloop", "redis", "hiredis", "sqlalchemy", "msgspec")
PEERS = ("quart", "hypercorn", "uvicorn", "uvloop", "httptools", "starlette", "sse_starlette", "redis", "hiredis")


def write(results: Results, rig: Rig, took_s: float) -> Path:
    """Writes the results of a whole run; a later run on the same day and machine replaces them."""
    moment = datetime.now(UTC)
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{moment:%Y-%m-%d}-{shape()}.json"
    about = {
        "at": f"{moment:%Y-%m-%dT%H:%MZ}",
        "took_s": round(took_s),
        "machine": machine(),
        "load_before": LOAD_BEFORE,
        "versions": versions(rig),
    }
    path.write_text(json.dumps(about | {"results": rounded(results)}, indent=1) + "\n")
    return path


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
