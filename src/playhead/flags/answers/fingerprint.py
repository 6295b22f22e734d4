"""Fingerprints of flags: equal where two flags decide the same, in a process as in the place where they are changed.

The fingerprint of a flag that is off is `OFF`. That of one that is on is a digest of who gets it, and which variant.
"""

import hashlib
from typing import Any

import msgspec

from playhead.flags.answers.document import Constraint, Parent, Variant, decode

OFF = "off"
DIGITS = 12
"""Length of a digest, in hex digits: 48 bits, so that two settings of a flag do not collide."""


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


def fingerprints(document: str) -> dict[str, str]:
    """The fingerprints by flag, of a document of `/api/client/features`; empty if it cannot be read."""
    return {feature.name: _fingerprint(feature) for feature in _features(document)}


def configured(document: str) -> frozenset[str]:
    """The flags of such a document that have a strategy: in an environment that nobody configured, none has."""
    return frozenset(feature.name for feature in _features(document) if feature.strategies)


def _features(document: str) -> list[_Feature]:
    try:
        return decode(document.encode(), _Document).features
    except msgspec.DecodeError:
        return []


def _fingerprint(feature: _Feature) -> str:
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
