"""Formats results: the measurements of each peer, their ratios to the product's, and which aims are met."""

from collections.abc import Mapping
from dataclasses import asdict
from statistics import median

from infra.load.aims import AIMS
from infra.load.axes import COLUMNS, Axes, cells

PRODUCT = "playhead"
SHOWN = {
    "fanout": ("cpu_ms_per_1k", "p50_ms", "p99_ms", "lost", "busy"),
    "spread": ("p50_ms", "p99_ms", "lost", "cpu_ms_per_1k", "load_cpu_ms_per_1k", "load_p99_ms", "load_lost"),
    "ceiling": ("per_s", "p99_ms", "busy", "others_busy"),
    "ceiling-spread": ("per_s", "p99_ms", "busy", "others_busy"),
    "idle": ("kb_1000", "kb_5000", "base_mb", "open_p99_ms_1000", "open_p99_ms_5000", "open_cpu_ms_5000", "idle_busy"),
    "polls": (
        *("poll_s", "poll_cpu_ms", "again_s", "again_cpu_ms"),
        *("wait_held_s", "wait_answered_s", "wait_p99_ms", "wait_cpu_ms"),
    ),
    "wait": (
        *(
            f"{kind}_{metric}"
            for metric in ("cpu_ms_per_1k", "kb", "redis_per_1k")
            for kind in ("stream", "wait", "poll")
        ),
        *("wait_p50_ms", "proxy_p50_ms"),
    ),
}
"""The columns shown of scenarios with many; of the others all are shown."""

Row = Mapping[str, float | str]
Results = Mapping[str, Mapping[str, Row]]
"""By scenario, then by peer."""


def merged(rows: list[Row]) -> Row:
    """Computes the median of each number over repetitions; an error only if all failed."""
    good = [row for row in rows if "error" not in row] or rows
    return {
        name: first if isinstance(first, str) else median(float(row[name]) for row in good if name in row)
        for name, first in good[0].items()
    }


def failures(results: Results) -> list[str]:
    """Makes a line for each peer that could not be measured in a scenario, with the reason."""
    return [
        f"{scenario} {peer}: {_reason(row)}"
        for scenario, peers in results.items()
        for peer, row in peers.items()
        if "error" in row
    ]


def render(results: Results, axes: Mapping[str, Axes]) -> str:
    return "\n\n".join([*(_scenario(name, peers) for name, peers in results.items()), _axes(axes), _verdicts(results)])


def loads(results: Results, stated: Mapping[str, Axes]) -> dict[str, Axes]:
    """The axes of each scenario: those that it states, and those that it measured of the product, or else a peer."""
    return {
        name: stated[name].measured(peers.get(PRODUCT) or next(iter(peers.values()), {}))
        for name, peers in results.items()
    }


def _axes(axes: Mapping[str, Axes]) -> str:
    lines = [f"{'Axes':16}" + "".join(f"{title:>{_width(title)}}" for title in COLUMNS.values())]
    for name, load in axes.items():
        row = zip(cells(asdict(load)), COLUMNS.values(), strict=True)
        lines.append(f"  {name:14}" + "".join(f"{cell:>{_width(title)}}" for cell, title in row))
    return "\n".join(lines)


def _scenario(name: str, peers: Mapping[str, Row]) -> str:
    own = peers.get(PRODUCT, {})
    columns = SHOWN.get(name) or tuple(dict.fromkeys(column for row in peers.values() for column in row))
    if len(peers) == 1 and "error" not in own:
        return "\n".join([name, *(f"  {column:40}{_cell(own.get(column), None, True):>10}" for column in columns)])
    columns = tuple(column for column in columns if column != "error")
    lines = [f"{name:16}" + "".join(f"{column:>{_width(column)}}" for column in columns)]
    for peer, row in peers.items():
        if "error" in row:
            lines.append(f"  {peer:14}{_reason(row)}")
            continue
        cells = (_cell(row.get(column), own.get(column), own is row) for column in columns)
        lines.append(
            f"  {peer:14}" + "".join(f"{cell:>{_width(column)}}" for cell, column in zip(cells, columns, strict=True))
        )
    return "\n".join(lines)


def _reason(row: Row) -> str:
    return str(row["error"]).splitlines()[-1][:240]


def _width(column: str) -> int:
    return max(len(column), 14) + 2


def _cell(value: float | str | None, own: float | str | None, is_own: bool) -> str:
    if isinstance(value, str) or value is None:
        return value or "-"
    if is_own or not isinstance(own, int | float) or not value:
        return number(value)
    return f"{number(value)} ({own / value:.2f})"


def _verdicts(results: Results) -> str:
    lines = ["Aims of Playhead (beside the other peers' numbers: Playhead's divided by theirs)"]
    for aim in AIMS:
        own = results.get(aim.scenario, {}).get(PRODUCT, {}).get(aim.metric)
        if not isinstance(own, int | float):
            continue
        theirs = results[aim.scenario].get(aim.peer or "", {}).get(aim.metric)
        peers = theirs if isinstance(theirs, int | float) and theirs else None
        verdict = {True: "met", False: "NOT met", None: "no such peer in this run"}[aim.met(own, peers)]
        ratio = f"{own / peers:.2f}×" if peers else number(own)
        lines.append(f"  {aim.scenario + ' ' + aim.metric:44}{number(own):>10}  {ratio:>8}  {aim!s:24} {verdict}")
    return "\n".join(lines)


def number(value: float) -> str:
    """Formats a number with three digits, which is its precision."""
    size = abs(value)
    return f"{value:.0f}" if size >= 100 or value == int(value) else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
