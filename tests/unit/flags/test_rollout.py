"""The rollout of streams, as a document of flags has it: from a file, and as a server sends it."""

import json
from pathlib import Path
from typing import Any

import pytest

from playhead.flags.administration.file_store import FileStore
from playhead.flags.answers.rollout import Rollout, rollout_of, without_slider
from tests.support.flags_data import USERS, FlagsData

from .conftest import OpenFile

STREAM = "sse.status-stream"
ADMINS = [{"contextName": "admin", "operator": "IN", "values": ["true"]}]


def strategy(name: str = "flexibleRollout", **given: Any) -> dict[str, Any]:
    return {"name": name, "parameters": {"rollout": "25", "groupId": "try-2", "stickiness": "userId"}, **given}


def document(*strategies: dict[str, Any], enabled: bool = True) -> str:
    """As an Unleash server sends it, with nulls."""
    flag = {"name": STREAM, "enabled": enabled, "strategies": strategies, "description": None, "variants": None}
    return json.dumps({"version": 2, "features": [{"name": "other", "enabled": True, "strategies": []}, flag]})


@pytest.mark.parametrize(
    ("given", "rollout"),
    [
        (document(strategy()), Rollout("try-2", 25)),
        (document(strategy(), enabled=False), Rollout()),
        (document(), Rollout("", 0)),
        (document(strategy("default", parameters={})), Rollout("", 100)),
        (document(strategy("default"), strategy()), Rollout("try-2", 25)),
        (document(strategy(disabled=True), strategy("userWithId")), Rollout("", 100)),
        (document(strategy(disabled=True)), Rollout("", 0)),
        (document(strategy(parameters={"rollout": "100"}, constraints=ADMINS), strategy()), Rollout("try-2", 25)),
        (document(strategy(constraints=ADMINS)), Rollout("try-2", 25)),
        (document(strategy(parameters={"rollout": 40})), Rollout(STREAM, 40)),
        (document(strategy(parameters={"rollout": "999", "groupId": "a\0" + "b" * 99})), Rollout("a" + "b" * 63, 100)),
        (document(strategy(parameters={"rollout": "many"})), Rollout(STREAM, 0)),
        (document(strategy(parameters={})), Rollout(STREAM, 0)),
        ('{"features":[]}', Rollout()),
        ("{", Rollout()),
        ("", Rollout()),
    ],
)
def test_rollout_of_a_document(given: str, rollout: Rollout) -> None:
    assert rollout_of(given) == rollout


def test_flags_file_has_the_rollout_of_its_strategy() -> None:
    data = FlagsData().roll_out(STREAM, 25)
    assert rollout_of(data.document()) == Rollout(STREAM, 25)
    assert rollout_of(data.add_strategy(STREAM, 100, constraints=ADMINS).document()) == Rollout(STREAM, 25)


def test_gate_has_the_rollout_in_force_and_reads_it_once(tmp_path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().roll_out(STREAM, 25).save(tmp_path / "flags.json"))
    assert gate.rollout == Rollout(STREAM, 25)
    assert gate.rollout is gate.rollout


@pytest.mark.parametrize(
    ("given", "others"),
    [
        (document(strategy()), None),
        (document(strategy(), strategy("default", disabled=True)), None),
        (document(strategy("default")), None),
        (document(strategy(), strategy(constraints=ADMINS)), [ADMINS]),
        (document(strategy(constraints=ADMINS), strategy()), [ADMINS]),
        (document(strategy(), strategy("default", constraints=[])), [[]]),
        (document(strategy(), strategy("default"), enabled=False), None),
        ("{", None),
    ],
)
def test_strategies_beside_the_slider(given: str, others: list[object] | None) -> None:
    rest = without_slider(given)
    left = rest and [one.get("constraints", []) for one in json.loads(rest)["features"][1]["strategies"]]
    assert left == others


@pytest.mark.parametrize("percent", [0, 50, 100])
def test_admins_whom_another_strategy_lets_in_are_of_no_rollout(
    tmp_path: Path, open_file: OpenFile, percent: int
) -> None:
    data = FlagsData().turn("sse.allowed", on=True).roll_out(STREAM, percent)
    gate = open_file(data.add_strategy(STREAM, 100, constraints=ADMINS).save(tmp_path / "flags.json"))
    assert {gate.rollout_for(user, is_admin=True) for user in USERS} == {Rollout()}
    assert {gate.rollout_for(user, is_admin=False) for user in USERS} == {Rollout(STREAM, percent)}


def test_where_the_slider_alone_decides_everybody_is_of_the_rollout(tmp_path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().roll_out(STREAM, 25).save(tmp_path / "flags.json"))
    assert gate.rollout_for("ada", is_admin=True) == Rollout(STREAM, 25)


def test_another_group_draws_other_people(tmp_path: Path, open_file: OpenFile) -> None:
    file = tmp_path / "flags.json"
    FlagsData().turn("sse.allowed", on=True).save(file)
    drawn = []
    for group in ("r1", "r2", "r1"):
        FileStore(file).roll_out(STREAM, 25, group)
        gate = open_file(file)
        drawn.append({user for user in USERS if gate.streams_allowed(user, is_admin=False).allowed})
    first, second, again = drawn
    assert first == again
    assert 200 < len(first) < 300
    assert 200 < len(second) < 300
    assert 30 < len(first & second) < 100  # as of independent draws: 62 in the mean
