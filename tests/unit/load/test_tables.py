"""The tables of the READMEs, from the stored results of load tests."""

from typing import Any

import pytest
from infra.load.people import tables
from infra.load.people.scenarios import SCENARIOS


def result(**changed: Any) -> dict[str, Any]:
    axes = ("sockets", "connects_per_s", "subscriptions_a_socket", "churn_per_s", "publishes_per_s", "fan_out")
    return {
        "at": "2026-11-30T11:00Z",
        "machine": {"cores": 2, "processor": "AMD EPYC"},
        "busy": {"load": 0.4, "loop_s": 0.6},
        "size": {"viewers": 1000},
        "axes": dict.fromkeys(axes, 1.0) | {"payload_bytes": 310.2, "slow_percent": 0.0},
        "verdict": "met",
        "checks": [{"name": "update", "value": 41.26, "unit": "ms", "state": "met"}],
        "found": {"times": {"update_stream": {"n": 9, "p50": 1.0, "p95": 2.0, "p99": 41.26}}, "web_busy": 0.5},
    } | changed


MISSED = {
    "verdict": "missed",
    "checks": [{"name": "update", "value": 412.6, "unit": "ms", "state": "missed"}],
}


def test_readmes_have_the_tables_of_the_stored_results() -> None:
    for path, text in tables.written(tables.stored()).items():
        assert path.read_text() == text, f"{path}: python -m infra.load.people.tables"


def test_every_scenario_has_a_stored_result() -> None:
    assert set(SCENARIOS) <= set(tables.stored())


def test_metric_that_is_met_has_its_number_and_its_command() -> None:
    table = tables.metrics({"viewers-1000": result()})
    assert "| 1,000 viewers, p99: 41.3 ms | met | `make load SCENARIO=viewers-1000` |" in table


@pytest.mark.parametrize(
    ("changed", "circumstances"),
    [
        ({"found": {"times": {}, "web_busy": 0.97}}, "with a load of 0.4 on 2 cores, and the web's core at 97 %"),
        ({"found": {"times": {}}, "busy": {"load": 9.5, "loop_s": 2.0}}, "with a load of 9.5 on 2 cores"),
    ],
)
def test_metric_that_is_missed_says_so_and_in_what(changed: dict[str, Any], circumstances: str) -> None:
    table = tables.metrics({"viewers-1000": result(**MISSED | changed)})
    assert f"| 1,000 viewers, p99: 413 ms | **missed**, {circumstances} |" in table


def test_result_that_failed_names_the_goal_and_its_number() -> None:
    assert tables.scenarios({"viewers-1000": result(**MISSED)}).endswith("| **failed**: update 413 ms |")
