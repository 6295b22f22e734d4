"""Load tests, each with a few people of a real Locust on a real site: what `make load` does with a hundred.

The limits are far away, because a test must not fail on a busy machine; `tests/unit/load` judges by the real ones.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from infra.load.people.__main__ import main
from infra.load.people.driven import Driven, generator
from infra.load.people.judge import Check, judged, verdict
from infra.load.people.scenarios import SCENARIOS
from infra.load.people.site import LocalSite, local_site
from infra.load.rig import rig

PEOPLE, SECONDS, PACE = 8, 2.0, 4.0
SLACK = 50.0
UPLOADED_S = 120.0


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    with generator(tmp_path_factory.mktemp("locust")) as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSite]:
    with rig(tmp_path_factory.mktemp("load")) as made, local_site(made, 2 * PEOPLE, LOAD_WORD_S="0.05") as site:
        yield site


@pytest.mark.parametrize(
    ("name", "seconds", "measured"),
    [
        ("viewers-100", SECONDS, {"connect", "update_stream"}),
        ("mixed", SECONDS, {"connect", "update_stream"}),
        ("upload-storm", UPLOADED_S, {"final_stream"}),  # it ends with the last upload
        ("bad-network", 8.0, {"update_stream", "update_wait"}),  # a viewer gives a stream 6 s for its first event
        ("reconnect-storm", SECONDS, {"connect", "catch_up", "update_stream"}),
    ],
)
def test_scenario_passes_on_a_site_that_works(
    name: str, seconds: float, measured: set[str], site: LocalSite, people: Driven
) -> None:
    scenario = SCENARIOS[name]
    assert scenario.course is not None
    found = scenario.course(
        site, people, replace(scenario.size, viewers=PEOPLE, seconds=seconds, pace=PACE, idle_s=0.5)
    )
    goals = {goal: limit for goal, limit in scenario.goals.items() if goal != "final" or "final_stream" in measured}
    checks = judged(found, goals, forgiven=scenario.forgiven, slack=SLACK)
    assert verdict(checks) == "met", (_wrong(checks), found)
    assert measured <= {what for what, times in found["times"].items() if times["n"]}


@pytest.mark.parametrize(
    ("manner", "seconds", "words"),
    [
        ("502-page", "1", "requests failed: "),
        ("burst-5s", "6", "One in a hundred got an update by stream in "),
    ],
)
def test_run_behind_a_bad_proxy_fails_and_says_why(
    manner: str, seconds: str, words: str, site: LocalSite, people: Driven, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ("--viewers", "4", "--seconds", seconds, "--pace", str(PACE), "--idle", "0.5")
    assert main(["mixed", *size, "--through", manner], people=people, site=site) == 1
    said = capsys.readouterr().out
    assert words in said
    assert said.endswith("mixed             FAILED\n")


def _wrong(checks: list[Check]) -> list[str]:
    return [f"{check.name}: {check.value} {check.sentence}" for check in checks if check.state != "met"]
