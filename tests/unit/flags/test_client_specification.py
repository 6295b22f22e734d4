"""Unleash's own examples of what a client must answer, asked of both sources of flags."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from playhead.flags.answers.source import Client
from playhead.flags.answers.unleash import UnleashSource
from playhead.flags.file.source import FileSource
from tests.support.flag_server import TOKEN, FlagServer
from tests.support.waiting import until

from .conftest import HASTY

PACKAGE = Path(__file__).parent / "specification/node_modules/@unleash/client-specification/specifications"
FILES, CASES = 20, 275
"""What its version 6.1.0 holds, without the two files about an API that is not used here, the stream of deltas."""
ENVIRONMENT = "default"
NEVER = {"contextName": "userId", "operator": "IN", "values": []}

Json = dict[str, Any]
Question = Callable[[str, Json], object]


@dataclass(frozen=True)
class Case:
    """One question, and what was answered."""

    what: str
    told: object
    expected: object


@pytest.fixture(scope="module")
def specifications() -> dict[str, Json]:
    """By the name of their file."""
    assert PACKAGE.is_dir(), f"Unleash's client specification is missing, {PACKAGE}: make specification"
    read = {path.stem: json.loads(path.read_text()) for path in sorted(PACKAGE.glob("[0-9]*.json"))}
    return {name: one for name, one in read.items() if "features" in one["state"]}


def test_the_server_is_understood_as_specified(specifications: dict[str, Json], tmp_path: Path) -> None:
    cases: list[Case] = []
    for name, one in specifications.items():
        server = FlagServer(json.dumps(one["state"]))
        source = UnleashSource(server.url, TOKEN, environment=ENVIRONMENT, data=tmp_path / name, timings=HASTY)
        try:
            source.start(lambda: None)
            until(source.client.feature_definitions)
            cases += ask(one, source.client)
        finally:
            source.close()
            server.close()
    all_are_right(specifications, cases)


def test_a_file_is_understood_as_specified(specifications: dict[str, Json], tmp_path: Path) -> None:
    cases: list[Case] = []
    for name, one in specifications.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(export(one["state"])))
        cases += ask(one, FileSource(path, environment=ENVIRONMENT).client)
    all_are_right(specifications, cases)


def all_are_right(specifications: dict[str, Json], cases: list[Case]) -> None:
    assert [case for case in cases if case.told != case.expected] == []
    assert (len(specifications), len(cases)) == (FILES, CASES), "all were asked"


def ask(specification: Json, client: Client) -> Iterator[Case]:
    """As the gate does, with what the specification says of the user."""
    questions: dict[str, Question] = {"tests": client.is_enabled, "variantTests": client.get_variant}
    for kind, question in questions.items():
        for one in specification.get(kind, []):
            what = f"{specification['name']}: {one['description']}"
            yield Case(what, question(one["toggleName"], one["context"]), one["expectedResult"])


def export(state: Json) -> Json:
    """The same flags in the format of the flags file."""
    segments = {one["id"]: one["constraints"] for one in state.get("segments", [])}
    features = state["features"]
    return {
        "features": [{"name": one["name"], "type": "release", "project": "default"} for one in features],
        "featureStrategies": [
            inlined(strategy, segments) | {"featureName": one["name"]}
            for one in features
            for strategy in one["strategies"]
        ],
        "featureEnvironments": [
            {"featureName": one["name"], "environment": ENVIRONMENT, "enabled": one["enabled"]}
            | {"variants": one.get("variants") or []}
            for one in features
        ],
        "dependencies": [
            {"feature": one["name"], "dependencies": one["dependencies"]} for one in features if "dependencies" in one
        ],
    }


def inlined(strategy: Json, segments: dict[int, list[Json]]) -> Json:
    """An export does not say what a segment is: its constraints, all of which must hold, say the same."""
    used = [constraint for number in strategy.get("segments", []) for constraint in segments.get(number, [NEVER])]
    return strategy | {"segments": [], "constraints": [*strategy.get("constraints", []), *used]}
