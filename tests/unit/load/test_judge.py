"""What a load test makes of its numbers."""

from typing import Any

import pytest
from infra.load.people.__main__ import CODES, main, worst
from infra.load.people.judge import Check, State, judged, verdict

GOALS = {"errors": 0.1, "connect": 1000.0, "update": 100.0, "uptime": 99.5, "memory": 10.0}
FAST, SLOW = {"n": 1000, "p99": 40.0, "max": 60.0}, {"n": 1000, "p99": 140.0, "max": 400.0}
PROMPT, LATE = {"n": 1000, "p99": 4.0, "max": 9.0}, {"n": 1000, "p99": 60.0, "max": 90.0}


def found(**changed: Any) -> dict[str, Any]:
    times = {"connect": FAST, "update_stream": FAST, "own_delay": PROMPT} | changed.pop("times", {})
    return {
        "times": times,
        "counts": {"requests_stream": 2000},
        "faults": {},
        "examples": {"status": "a stream: 500", "cut": "a stream: reset"},
        "viewers": 100,
        "streams": 100,
        "measured_s": 60.0,
        "open_s": 6000.0,
        "memory_percent": 3.0,
        "published_percent": 100.0,
    } | changed


def named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_run_within_all_limits_is_met() -> None:
    assert verdict(judged(found(), GOALS)) == "met"


@pytest.mark.parametrize(
    ("changed", "name", "words"),
    [
        ({"times": {"update_stream": SLOW}}, "update", "One in a hundred got an update by stream in 140 ms or more."),
        ({"times": {"connect": {"n": 9, "p99": 1200.0, "max": 1200.0}}}, "connect", "got a stream in 1200 ms"),
        ({"times": {"connect": {"n": 0}}}, "connect", "Nobody got a stream."),
        ({"faults": {"status": 20}}, "errors", "1.0 % of 2000 requests failed: 20 × a stream: 500"),
        ({"open_s": 5900.0}, "uptime", "Streams were open 98.33 % of the time."),
        ({"memory_percent": 12.0}, "memory", "100 viewers took 12.0 % more memory."),
    ],
)
def test_missed_limit_is_named_in_a_sentence(changed: dict[str, Any], name: str, words: str) -> None:
    checks = judged(found(**changed), GOALS)
    assert verdict(checks) == "missed"
    assert words in named(checks, name).sentence


def test_two_errors_in_two_thousand_are_one_too_many() -> None:
    assert named(judged(found(faults={"status": 1}), GOALS), "errors").state == "met"
    assert named(judged(found(faults={"status": 2}), GOALS), "errors").state == "missed"


def test_faults_that_the_scenario_makes_are_no_errors() -> None:
    checks = judged(found(faults={"cut": 500}), GOALS, forgiven=frozenset({"cut"}))
    assert verdict(checks) == "met"


def test_late_generator_leaves_a_missed_limit_unjudged() -> None:
    check = named(judged(found(times={"update_stream": SLOW, "own_delay": LATE}), GOALS), "update")
    assert check.state == "not judged"
    assert "the load generator itself was 60 ms late" in check.sentence


def test_late_generator_does_not_excuse_what_it_cannot_explain() -> None:
    slow = {"n": 1000, "p99": 5000.0, "max": 5000.0}
    assert named(judged(found(times={"update_stream": slow, "own_delay": LATE}), GOALS), "update").state == "missed"


def test_limit_that_is_met_by_a_late_generator_is_met() -> None:
    assert verdict(judged(found(times={"own_delay": LATE}), GOALS)) == "met"


def test_clock_that_is_hardly_known_leaves_updates_unjudged() -> None:
    check = named(judged(found(times={"update_stream": SLOW}, clock_error_ms=80.0), GOALS), "update")
    assert check.state == "not judged"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"faults": {"over_limit": 3}}, "give the run more accounts"),
        ({"published_percent": 60.0}, "Only 60 % of the planned updates"),
    ],
)
def test_load_that_was_another_one_is_not_judged(changed: dict[str, Any], words: str) -> None:
    checks = judged(found(**changed), GOALS)
    assert verdict(checks) == "not judged"
    assert words in named(checks, "load").sentence


def test_memory_counts_up_to_a_hundred_viewers() -> None:
    assert named(judged(found(memory_percent=30.0, viewers=1000), GOALS), "memory").state == "met"


def test_slack_widens_limits_of_time_and_not_of_errors() -> None:
    checks = judged(found(times={"update_stream": SLOW}, faults={"status": 2}), GOALS, slack=10.0)
    assert named(checks, "update").state == "met"
    assert named(checks, "errors").state == "missed"


@pytest.mark.parametrize(
    ("states", "code"), [(["met", "met"], 0), (["met", "not judged"], 2), (["not judged", "missed"], 1)]
)
def test_exit_code_is_that_of_the_worst_scenario(states: list[State], code: int) -> None:
    assert CODES[worst(states)] == code


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["viewers-7"], "there is no scenario viewers-7"),
        (["--url", "http://127.0.0.1:1"], "--url and --accounts go together"),
        (
            ["reconnect-storm", "--url", "http://127.0.0.1:1", "--accounts", "f"],
            "reconnect-storm cannot run with --url",
        ),
        (["--keep", "--slack", "2"], "--keep is for a site that is started here"),
    ],
)
def test_wrong_command_is_refused(given: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
