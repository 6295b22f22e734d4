"""Flags are debts with a date: the code, the file and the owners agree, and nothing is overdue."""

from datetime import UTC, datetime

import pytest

from playhead.flags.administration.check import problems
from playhead.flags.answers import engine
from playhead.flags.file.location import default_file


def test_the_delivered_flags_are_in_order_today() -> None:
    assert problems(default_file().read_bytes(), datetime.now(UTC).date()) == []


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"version": 2, "features": [{"name": "sse.allowed", "enabled": 1}]}']
)
def test_what_the_engine_does_not_understand_is_refused(document: str) -> None:
    with pytest.raises(engine.MalformedFlags):
        engine.evaluator(document, "development")
