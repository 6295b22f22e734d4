"""Flags are debts with a date: the code, the file and the owners agree, and nothing is overdue."""

from datetime import UTC, datetime

import pytest

from playhead.flags import engine
from playhead.flags.export import Entry, catalogue, client_document, read
from playhead.flags.file_source import default_file
from playhead.flags.names import Flag

ENTRIES = catalogue(read(default_file().read_bytes()))
TYPES = {"release", "experiment", "operational", "kill-switch", "permission"}
"""Unleash's own."""


def test_the_code_and_the_file_know_the_same_flags() -> None:
    assert {entry.name for entry in ENTRIES} == set(Flag)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_flag_has_an_owner_a_purpose_a_type_and_a_date_not_yet_past(entry: Entry) -> None:
    assert entry.owner
    assert entry.purpose
    assert entry.type in TYPES
    assert entry.remove_by is not None, f"{entry.name} has no remove-by tag"
    assert entry.remove_by >= datetime.now(UTC).date(), f"{entry.name} is overdue: remove it, or renew with a reason"


def test_the_engine_understands_the_delivered_file() -> None:
    client = engine.evaluator(client_document(read(default_file().read_bytes())), "development")
    assert client.feature_definitions().keys() == set(Flag)


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"version": 2, "features": [{"name": "sse.allowed", "enabled": 1}]}']
)
def test_what_the_engine_does_not_understand_is_refused(document: str) -> None:
    with pytest.raises(engine.MalformedFlags):
        engine.evaluator(document, "development")
