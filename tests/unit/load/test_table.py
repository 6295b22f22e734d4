"""The summary of a bench run: what could not be measured is named, and makes `make bench` fail."""

from infra.load import table

MEASURED: table.Row = {"cpu_ms_per_1k": 18.0}
FAILED: table.Row = {"error": "ConfigError: in two lines\nPostgreSQL is missing: make dev"}


def test_a_run_with_all_numbers_has_no_failures() -> None:
    assert table.failures({"fanout": {"playhead": MEASURED, "nchan": MEASURED}}) == []


def test_each_peer_that_failed_is_named_with_its_reason() -> None:
    found = {"fanout": {"playhead": MEASURED, "nchan": FAILED}, "switch": {"playhead": FAILED}}
    assert table.failures(found) == [
        "fanout nchan: PostgreSQL is missing: make dev",
        "switch playhead: PostgreSQL is missing: make dev",
    ]


def test_a_repetition_that_failed_leaves_the_others_numbers() -> None:
    assert table.failures({"fanout": {"playhead": table.merged([FAILED, MEASURED])}}) == []


def test_a_peer_whose_every_repetition_failed_is_a_failure() -> None:
    assert len(table.failures({"fanout": {"nchan": table.merged([FAILED, FAILED])}})) == 1
