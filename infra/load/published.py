"""Writes the tables of stored results into the documents: `python -m infra.load.published`."""

from collections.abc import Mapping
from pathlib import Path

from infra.load import axes, scale
from infra.load.aims import AIMS, Aim
from infra.load.people.tables import replaced, table
from infra.load.stored import Kept, newest
from infra.load.table import PRODUCT, number

HERE = Path(__file__).parent
README, SCALE = HERE / "README.md", HERE / "scale.md"
COLUMNS = ("scenario", *axes.COLUMNS.values(), "result", "measured")


def scenarios(kept: Mapping[str, Kept]) -> str:
    """Makes the table of all scenarios: their axes, and what Playhead's aims are about."""
    rows: list[tuple[str, ...]] = [COLUMNS]
    for name, one in kept.items():
        rows.append((f"`{name}`", *axes.cells(one.axes), "; ".join(_results(name, one)), one.at[:10]))
    return table(rows)


def _results(name: str, kept: Kept) -> list[str]:
    """The numbers of the product that have an aim, with their ratios to peers."""
    aims: dict[str, list[Aim]] = {}
    for aim in AIMS:
        if aim.scenario == name and isinstance(kept.rows.get(PRODUCT, {}).get(aim.metric), int | float):
            aims.setdefault(aim.metric, []).append(aim)
    return [_result(kept, metric, of) for metric, of in aims.items()]


def _result(kept: Kept, metric: str, aims: list[Aim]) -> str:
    own = float(kept.rows[PRODUCT][metric])
    ratios = []
    for peer in {aim.peer: None for aim in aims if aim.peer}:
        theirs = kept.rows.get(peer, {}).get(metric)
        if isinstance(theirs, int | float) and theirs:
            ratios.append(f"{own / theirs:.2f} × {peer}")
    return f"`{metric}` {number(own)}" + (f" ({', '.join(ratios)})" if ratios else "")


def written() -> dict[Path, str]:
    """Returns the documents with their tables."""
    kept = newest()
    texts = {README: replaced(README.read_text(), "bench", scenarios(kept))}
    if "scale" in kept:
        texts[SCALE] = scale.written(SCALE.read_text(), kept["scale"])
    return texts


def write() -> None:
    for path, text in written().items():
        path.write_text(text)


if __name__ == "__main__":
    write()
