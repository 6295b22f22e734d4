"""What decides of a flag, as a few characters: the same for a process that obeys and for whoever asks whether it does.

Of a flag that is off nothing else counts. Of one that is on, it is a digest of who gets it and what.
"""

import hashlib
from typing import Any

import msgspec

from playhead.flags.file.export import Constraint, Parent, Variant, decode

OFF = "off"
DIGITS = 12
"""Of the digest: 48 bits, so that no two settings of a flag are taken for one."""


class _Strategy(msgspec.Struct):
    name: str
    parameters: dict[str, Any] = {}
    constraints: list[Constraint] = []
    variants: list[Variant] = []
    disabled: bool = False


class _Feature(msgspec.Struct):
    name: str
    enabled: bool = False
    strategies: list[_Strategy] = []
    variants: list[Variant] = []
    dependencies: list[Parent] = []


class _Document(msgspec.Struct):
    features: list[_Feature]


def gists(document: str) -> dict[str, str]:
    """By flag, of a document of `/api/client/features`; empty for one that cannot be read, or is none."""
    try:
        features = decode(document.encode(), _Document).features
    except msgspec.DecodeError:
        return {}
    return {feature.name: _gist(feature) for feature in features}


def set_up(document: str) -> frozenset[str]:
    """The flags of such a document that have a strategy: in an environment that nobody has set up, none has."""
    try:
        features = decode(document.encode(), _Document).features
    except msgspec.DecodeError:
        return frozenset()
    return frozenset(feature.name for feature in features if feature.strategies)


def _gist(feature: _Feature) -> str:
    if not feature.enabled:
        return OFF
    decisive = (
        sorted((_strategy(one) for one in feature.strategies if not one.disabled), key=str),
        _variants(feature.variants),
        # Unleash repeats a parent for each strategy.
        sorted({(one.feature, one.enabled, tuple(sorted(one.variants))) for one in feature.dependencies}),
    )
    return hashlib.sha256(msgspec.json.encode(decisive)).hexdigest()[:DIGITS]


def _strategy(strategy: _Strategy) -> tuple[Any, ...]:
    given = {key: str(value) for key, value in strategy.parameters.items() if key != "groupId"}
    constraints = sorted(
        (one.context_name, one.operator, sorted(one.values), one.value, one.inverted, one.case_insensitive)
        for one in strategy.constraints
    )
    return strategy.name, sorted(given.items()), constraints, _variants(strategy.variants)


def _variants(variants: list[Variant]) -> list[tuple[Any, ...]]:
    return sorted((one.name, one.weight, one.payload.value if one.payload else "") for one in variants)
