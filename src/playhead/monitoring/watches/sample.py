"""The sample of people whose reports count, where there are very many: drawn by a keyed hash of the person."""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.metrics.catalog import PEOPLE
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import MINUTE_S, decode
from playhead.monitoring.sums.recorder import PRESENT

PEOPLE_MAX = 1_000
"""People in a minute of whom everybody counts: 1,000 reports a minute take 1 % of a processor, and so many people show
a harm of one in a hundred within minutes."""

Word = Literal["harms", "off"]


def people_now(db: Db) -> float:
    """How many people followed something in the last minute, over all processes. Who went through two counts twice."""
    moment = present(db)
    recent = SumRow.span_s == MINUTE_S, SumRow.begins_at > moment - timedelta(minutes=3)
    written = select(SumRow.source, SumRow.reading).where(*recent, SumRow.updated_at > moment - PRESENT)
    newest = {source: decode(reading) for source, reading in db.execute(written.order_by(SumRow.begins_at))}
    people = (found[PEOPLE.name].get("", 0.0) for found in newest.values() if found and PEOPLE.name in found)
    return sum(value for value in people if isinstance(value, float))


class Sample:
    """Which people count, and how many each stands for.

    Args:
        digest: of a person's id, with a key of the site: nobody can choose to be in the sample, and it is independent
            of who streams.
    """

    def __init__(self, digest: Callable[[str], str], people_max: int = PEOPLE_MAX) -> None:
        self._digest = digest
        self._people_max = people_max
        self._stands_for = 1

    def resize(self, people: float) -> None:
        """Draw so many of the people that there are now that about `people_max` count. Who is in a sample is in every
        larger one."""
        self._stands_for = max(1, math.ceil(people / self._people_max))

    def weight(self, person: str) -> int:
        """How many people this digest stands for; 0: it is outside the sample."""
        is_drawn = int(person[:16], 16) * self._stands_for < 2**64
        return self._stands_for if is_drawn else 0

    def word(self, person_id: str) -> Word | None:
        """What this person's page is to report; None: all that it does."""
        if self._stands_for == 1 or self.weight(self._digest(person_id)):
            return None
        return "harms"
