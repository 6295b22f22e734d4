"""The tables of the documents: they are what the code makes of the stored results."""

import json
from pathlib import Path

from infra.load import published, scale
from infra.load.stored import Kept, newest

AXES = {
    "sockets": 1000,
    "connects_per_s": 812.5,
    "subscriptions_a_socket": 1,
    "churn_per_s": 0,
    "publishes_per_s": 0,
    "fan_out": 1,
    "payload_bytes": 478,
    "slow_percent": 0,
}


def test_documents_have_the_tables_of_the_stored_results() -> None:
    for path, text in published.written().items():
        assert path.read_text() == text, f"{path}: python -m infra.load.published"


def test_page_of_scale_has_the_tables_of_a_stored_result() -> None:
    assert published.SCALE in published.written()


def test_row_has_axes_and_results_with_the_ratio_to_the_peer_of_the_aim() -> None:
    rows = {"playhead": {"s": 1.2, "cpu_ms": 1.0}, "asgi-hypercorn": {"s": 1.0}, "nchan": {"s": 0.1}}
    (line,) = published.scenarios({"storm": Kept("2026-11-30T10:00Z", "AMD EPYC", AXES, rows)}).splitlines()[2:]
    assert line == (
        "| `storm` | 1,000 | 812 | 1 | 0 | 0 | 1 | 478 B | 0 % | `s` 1.20 (1.20 × asgi-hypercorn) | 2026-11-30 |"
    )


def test_newest_result_of_each_scenario_is_taken(tmp_path: Path) -> None:
    for day, number in ("2026-11-30", 1.0), ("2026-12-01", 2.0):
        runs = {"storm": {"at": f"{day}T10:00Z", "axes": AXES}}
        document = {
            "machine": {"processor": "AMD EPYC"},
            "runs": runs,
            "results": {"storm": {"playhead": {"s": number}}},
        }
        (tmp_path / f"{day}-x.json").write_text(json.dumps(document))
    (tmp_path / "2026-12-02-x.json").write_text(json.dumps({"results": {"storm": {}}}))  # of before there were axes
    assert newest(tmp_path)["storm"].rows == {"playhead": {"s": 2.0}}


def test_page_is_made_of_every_table() -> None:
    page = published.SCALE.read_text()
    assert all(f"<!-- {mark} -->\n|" in page for mark in scale.TABLES)
