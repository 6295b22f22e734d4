"""Writes the tables of the READMEs from the stored results: `python -m infra.load.people.tables`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.load import axes
from infra.load.axes import number
from infra.load.stored import FOLDER

ROOT = Path(__file__).parents[3]
RESULTS, METRICS = ROOT / "infra" / "load" / "README.md", ROOT / "README.md"
Stored = dict[str, dict[str, Any]]

ORDINARY = ("viewers-100", "viewers-1000", "mixed", "mixed (PostgreSQL)")
SUCCESS = (
    ("a stream is established within 1 s", "connect", ORDINARY),
    ("an update is received within 100 ms", "update", ORDINARY),
    ("95 % fewer requests for a session of 60 s than polling every 3 s", "requests", ("requests",)),
    ("80 % less bandwidth for its statuses", "bytes", ("requests",)),
    ("streams are open more than 99.5 % of the time", "uptime", ORDINARY),
    ("memory of the web process grows by less than 10 % with 100 viewers", "memory", ("viewers-100",)),
    ("errors below 0.1 %", "errors", (*ORDINARY, "upload-storm", "upload-storm (PostgreSQL)")),
)
"""The technical success metrics of the project, the checks that measure them, and the scenarios that count."""

COLUMNS = (
    *("scenario", *axes.COLUMNS.values(), "connect p50 / p95 / p99", "update p50 / p95 / p99"),
    *("memory a viewer", "web's core", "busy", "result"),
)


def stored(folder: Path = FOLDER) -> Stored:
    """Reads the newest stored result of each scenario."""
    found: Stored = {}
    for path in sorted(folder.glob("people-*.json")):
        kept = json.loads(path.read_text())
        for name, result in kept["scenarios"].items():
            if result["at"] >= found.get(name, {"at": ""})["at"]:
                found[name] = result | {"machine": kept["machine"]}
    return found


def scenarios(found: Stored) -> str:
    """Makes the table of all scenarios: what was loaded how much, and what came of it."""
    rows: list[tuple[str, ...]] = [COLUMNS]
    for name, result in sorted(found.items()):
        measured, times = result["found"], result["found"]["times"]
        memory = measured.get("memory_a_viewer_kb") or _memory(measured)
        rows.append(
            (
                f"`{name}`",
                *axes.cells(result["axes"]),
                _times(times.get("connect", {"n": 0})),
                _times(times.get("update_stream", {"n": 0})),
                f"{memory:.0f} kB" if memory else "",
                f"{100 * measured['web_busy']:.0f} %" if "web_busy" in measured else "",
                f"{result['busy']['load']:.1f}, {result['busy']['loop_s']:.2f} s",
                _result(result),
            )
        )
    return table(rows)


def metrics(found: Stored) -> str:
    """Makes the table of the success metrics: each with the number of every scenario that counts for it."""
    rows: list[tuple[str, ...]] = [("promised", "measured", "", "again by")]
    for promise, check, names in SUCCESS:
        for name in names:
            measured = next((c for c in found.get(name, {"checks": []})["checks"] if c["name"] == check), None)
            if measured is None or measured["value"] is None:
                continue
            size = found[name]["size"]["viewers"]
            who = f"{size:,} viewers, p99: " if measured["unit"] == "ms" else f"{size:,} viewers: " if size > 1 else ""
            state = {"met": "met", "missed": "**missed**", "not judged": "not judged"}[measured["state"]]
            cause = "" if measured["state"] == "met" else f", {_circumstances(found[name])}"
            scenario, _, database = name.rstrip(")").partition(" (")
            command = f"`make load SCENARIO={scenario}{' DATABASE=' + database if database else ''}`"
            rows.append((promise, f"{who}{value(measured)}", f"{state}{cause}", command))
    return table(rows)


def value(check: dict[str, Any]) -> str:
    """Formats the measured value of a check with its unit."""
    unit = check["unit"]
    return f"{number(check['value'])}{' ' + unit if unit else ''}"


def _circumstances(result: dict[str, Any]) -> str:
    """What a missed goal was measured in: how busy the web process and the machine were."""
    web, cores = result["found"].get("web_busy"), result["machine"]["cores"]
    load = f"a load of {result['busy']['load']:.1f} on {cores} cores"
    return f"with {load}" if web is None else f"with {load}, and the web's core at {100 * web:.0f} %"


def _result(result: dict[str, Any]) -> str:
    if result["verdict"] == "met":
        return "passed"
    wrong = [check for check in result["checks"] if check["state"] != "met"]
    listed = ", ".join(
        f"{check['name']} {value(check)}" if check["value"] is not None else check["name"] for check in wrong
    )
    return f"**{'failed' if result['verdict'] == 'missed' else 'not judged'}**: {listed}"


def _memory(measured: dict[str, Any]) -> float:
    if "memory_before_kb" not in measured or not measured["viewers"]:
        return 0.0
    return float(measured["memory_kb"] - measured["memory_before_kb"]) / float(measured["viewers"])


def _times(times: dict[str, float]) -> str:
    if not times["n"]:
        return ""
    return " / ".join(number(times[name]) if name in times else "–" for name in ("p50", "p95", "p99")) + " ms"


def table(rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'---|' * len(rows[0])}", *lines[1:]])


def _day(found: Stored) -> Iterator[str]:
    yield from sorted({result["at"][:10] for result in found.values()})


def measured_on(found: Stored) -> str:
    """Says when and on what machines the results were made."""
    machines = sorted({f"{r['machine']['cores']} cores of an {r['machine']['processor']}" for r in found.values()})
    return f"Measured on {' and '.join(_day(found))}, on {' and '.join(machines)}."


def written(found: Stored) -> dict[Path, str]:
    """Returns the READMEs with their tables."""
    parts = {RESULTS: {"people": scenarios(found)}, METRICS: {"success": metrics(found)}}
    texts = {}
    for path, tables in parts.items():
        text = path.read_text()
        for mark, table in tables.items():
            text = replaced(text, mark, f"{measured_on(found)}\n\n{table}")
        texts[path] = text
    return texts


def replaced(text: str, mark: str, content: str) -> str:
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{content}\n{end}{rest.partition(end)[2]}"


def write() -> None:
    for path, text in written(stored()).items():
        path.write_text(text)


if __name__ == "__main__":
    write()
