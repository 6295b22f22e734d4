"""The axes of a load: stated by each scenario of the bench, shown and stored with its results."""

import json
from dataclasses import asdict, fields

from infra.load import axes, stored, table
from infra.load.axes import Axes

STORM = Axes(sockets=1000, payload_bytes=478)


def test_axis_that_a_scenario_measures_takes_the_place_of_the_stated_one() -> None:
    assert STORM.measured({"connects_per_s": 812.5, "s": 1.23}) == Axes(
        sockets=1000, connects_per_s=812.5, payload_bytes=478
    )


def test_cells_are_in_the_order_of_the_columns_with_their_units() -> None:
    cells = axes.cells(asdict(Axes(sockets=10_000, churn_per_s=1.618, payload_bytes=478, slow_percent=25)))
    assert cells == ["10,000", "0", "1", "1.62", "0", "1", "478 B", "25 %"]


def test_every_axis_has_a_column() -> None:
    assert list(axes.COLUMNS) == [field.name for field in fields(Axes)]


def test_axes_of_a_run_are_those_measured_of_the_product() -> None:
    results = {"storm": {"nchan": {"connects_per_s": 9000.0}, "playhead": {"connects_per_s": 900.0}}}
    assert table.loads(results, {"storm": STORM})["storm"].connects_per_s == 900.0


def test_axes_of_a_run_without_the_product_are_those_of_a_peer() -> None:
    results = {"storm": {"nchan": {"connects_per_s": 9000.0}}}
    assert table.loads(results, {"storm": STORM})["storm"].connects_per_s == 9000.0


def test_printed_table_has_the_axes_of_each_scenario() -> None:
    rendered = table.render({"storm": {"playhead": {"s": 1.1}}}, {"storm": STORM})
    (line,) = (line for line in rendered.splitlines() if "478 B" in line)
    assert line.split() == ["storm", "1,000", "0", "1", "0", "0", "1", "478", "B", "0", "%"]


def test_stored_runs_of_the_bench_have_all_axes() -> None:
    for path in stored.FOLDER.glob("2*.json"):
        document = json.loads(path.read_text())
        for name, run in document.get("runs", {}).items():
            assert set(run["axes"]) == set(axes.COLUMNS), f"{path.name}: {name}"
            assert name in document["results"]
