"""Where and with what a run was: kept beside its numbers, because without that they mean nothing."""

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
    """Keep a whole run; a later one of the same day and machine takes its place."""
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
"""What else the machine did: over 0.5, times are too long and ratios are worth more."""


def shape() -> str:
    """A name for the kind of machine, from its processor and its cores: no name of the machine itself."""
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
    """Of the product's parts, of the peers', and of Redis."""
    info = rig.ask("INFO", "server").decode()
    # Valkey says both, the second for clients that ask for it.
    said = {name: value for name, _, value in (line.partition(":") for line in info.splitlines())}
    redis = next(f"{name} {said[name]}" for name in ("valkey_version", "redis_version") if name in said)
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
