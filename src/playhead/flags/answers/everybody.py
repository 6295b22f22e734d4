"""Finds the flags whose answer is the same for everybody, so that it need not be asked about each person."""

from typing import Any

import msgspec

from playhead.flags.answers.document import Parent, decode

ALL = "100"
"""The rollout, in percent, that lets everybody in."""
BY_ID = frozenset({"default", "userId", "random"})
"""Stickiness by which everybody gets a number, because everybody has an id. Some people may lack another field."""


class _Strategy(msgspec.Struct):
    name: str
    parameters: dict[str, Any] = {}
    constraints: list[Any] = []
    segments: list[Any] = []
    disabled: bool = False

    @property
    def lets_everybody_in(self) -> bool:
        if self.disabled or self.constraints or self.segments:
            return False
        is_whole = str(self.parameters.get("rollout")) == ALL and self.parameters.get("stickiness", "default") in BY_ID
        return self.name == "default" or (self.name == "flexibleRollout" and is_whole)


class _Feature(msgspec.Struct):
    name: str
    enabled: bool = False
    strategies: list[_Strategy] = []
    dependencies: list[Parent] = []

    @property
    def is_on_for_everybody(self) -> bool:
        strategies = self.strategies
        return not self.dependencies and (not strategies or any(each.lets_everybody_in for each in strategies))


class _Document(msgspec.Struct):
    features: list[_Feature]


def same_for_everybody(document: str) -> frozenset[str]:
    """The flags of a document of `/api/client/features` that are off, or on for everybody; none if it cannot be read.

    By the rules of Unleash's client specification: a flag is on if it is enabled and has no strategy, or one that lets
    the person in. The variants of a flag that is on may differ all the same.
    """
    return frozenset(each.name for each in _features(document) if not each.enabled or each.is_on_for_everybody)


def off_for_everybody(document: str) -> frozenset[str]:
    """The flags of such a document that are off: they have no variant either."""
    return frozenset(each.name for each in _features(document) if not each.enabled)


def _features(document: str) -> list[_Feature]:
    try:
        return decode(document.encode(), _Document).features
    except msgspec.DecodeError:
        return []
