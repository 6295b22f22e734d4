"""The gauges of the processes that run, from the rows that they wrote of late."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from playhead.metrics.metrics import Reading
from playhead.monitoring.sums.reading import Part, Row, decode, joined
from playhead.monitoring.sums.recorder import PRESENT


def present_gauges(rows: Sequence[Row], moment: datetime) -> tuple[Mapping[str, int], Reading]:
    """How many processes of each kind run at a moment, and what they last wrote together.

    Args:
        rows: in any order, at least all of the last two minutes.
        moment: by the database's clock.
    """
    newest: dict[str, Row] = {}
    for row in rows:
        if row.source and abs(row.updated_at - moment) <= PRESENT:
            newest[row.source] = max(row, newest.get(row.source, row), key=lambda one: (one.updated_at, one.begins_at))
    kinds = Counter(source.partition("-")[0] for source in newest)
    parts = [Part(moment, 1, reading) for row in newest.values() if (reading := decode(row.reading)) is not None]
    return {"web": 0, "worker": 0} | dict(kinds), joined(parts)
