"""Which flags are the same for everybody, by Unleash's own engine."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.flags.answers.engine import Evaluator
from playhead.flags.answers.everybody import off_for_everybody, same_for_everybody

PEOPLE = [*(f"person-{number}" for number in range(40)), ""]
ADMINS = {"contextName": "admin", "operator": "IN", "values": ["true"]}
SEGMENT = {"id": 1, "constraints": [ADMINS]}

rollouts = st.sampled_from(["0", "1", "50", "99", "100"])
stickiness = st.sampled_from(["default", "userId", "random", "sessionId", "admin", ""])
flexible = st.builds(
    lambda rollout, by: {
        "name": "flexibleRollout",
        "parameters": {"rollout": rollout, "stickiness": by, "groupId": "g"},
    },
    rollouts,
    stickiness,
)
named = st.sampled_from(
    [
        {"name": "default"},
        {"name": "userWithId", "parameters": {"userIds": "person-1"}},
        {"name": "gradualRolloutUserId", "parameters": {"percentage": "100", "groupId": "g"}},
        {"name": "nobody-knows-it"},
    ]
)
limits = st.sampled_from([{}, {"constraints": [ADMINS]}, {"segments": [1]}, {"constraints": None}, {"constraints": []}])
strategies = st.lists(st.builds(lambda strategy, limit: strategy | limit, flexible | named, limits), max_size=3)
features = st.builds(
    lambda enabled, strategies, parents: {
        "name": "one",
        "type": "release",
        "enabled": enabled,
        "strategies": strategies,
        "dependencies": parents,
    },
    st.booleans(),
    strategies,
    st.sampled_from([[], [], [{"feature": "parent"}], None]),
)

EMPTY_STICKINESS = {"rollout": "100", "stickiness": ""}
"""The engine lets nobody in by it: nobody has a field without a name."""


def document(feature: dict[str, Any]) -> str:
    parent = {"name": "parent", "enabled": True, "strategies": [{"name": "default", "constraints": [ADMINS]}]}
    return json.dumps({"version": 2, "features": [feature, parent], "segments": [SEGMENT]})


def answers(text: str) -> set[bool]:
    engine = Evaluator("default", text)
    contexts = [{"userId": person, "properties": {"admin": admin}} for person in PEOPLE for admin in ("true", "false")]
    return {engine.is_enabled("one", context) for context in contexts}


@given(features)
def test_engine_answers_alike_about_everybody(feature: dict[str, Any]) -> None:
    text = document(feature)
    if "one" in same_for_everybody(text):
        assert len(answers(text)) == 1
    if "one" in off_for_everybody(text):
        assert answers(text) == {False}


@pytest.mark.parametrize(
    ("feature", "is_same"),
    [
        ({"enabled": False, "strategies": [{"name": "default", "constraints": [ADMINS]}]}, True),
        ({"enabled": True, "strategies": []}, True),
        ({"enabled": True, "strategies": [{"name": "default"}]}, True),
        ({"enabled": True, "strategies": [{"name": "flexibleRollout", "parameters": {"rollout": "100"}}]}, True),
        ({"enabled": True, "strategies": [{"name": "flexibleRollout", "parameters": {"rollout": "99"}}]}, False),
        ({"enabled": True, "strategies": [{"name": "flexibleRollout", "parameters": EMPTY_STICKINESS}]}, False),
        ({"enabled": True, "strategies": [{"name": "default", "segments": [1]}]}, False),
        ({"enabled": True, "strategies": [{"name": "default", "disabled": True}]}, False),
        ({"enabled": True, "strategies": [], "dependencies": [{"feature": "parent"}]}, False),
    ],
)
def test_off_and_open_flags_are_the_same_for_everybody(feature: dict[str, Any], is_same: bool) -> None:
    assert ("one" in same_for_everybody(document({"name": "one", **feature}))) is is_same


def test_document_that_cannot_be_read_has_none() -> None:
    assert same_for_everybody("") == same_for_everybody("[]") == off_for_everybody("no JSON") == frozenset()
