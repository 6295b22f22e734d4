"""Flags are described in the code, in the file and by owners alike, and none is past its date of removal."""

from datetime import UTC, datetime

import pytest

from playhead.flags.administration.check import problems
from playhead.flags.answers import engine
from playhead.flags.file.location import default_file


def test_delivered_flags_are_consistent_and_not_overdue() -> None:
    assert problems(default_file().read_bytes(), datetime.now(UTC).date()) == []


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"version": 2, "features": [{"name": "sse.allowed", "enabled": 1}]}']
)
def test_document_that_the_engine_rejects_is_refused(document: str) -> None:
    with pytest.raises(engine.MalformedFlags):
        engine.evaluator(document, "development")
