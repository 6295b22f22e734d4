"""Describes flags in sentences, and compares them by these: equal descriptions mean equal flags."""

from collections.abc import Collection

from playhead.flags.administration.catalogue import GRADUAL, find_slider
from playhead.flags.answers.document import Constraint, Parent, Variant
from playhead.flags.file.export import Export, Strategy

OPERATORS = {
    "IN": "is one of",
    "NOT_IN": "is none of",
    "STR_CONTAINS": "contains",
    "STR_STARTS_WITH": "starts with",
    "STR_ENDS_WITH": "ends with",
    "NUM_EQ": "=",
    "NUM_GT": ">",
    "NUM_GTE": "≥",
    "NUM_LT": "<",
    "NUM_LTE": "≤",
    "DATE_AFTER": "is after",
    "DATE_BEFORE": "is before",
    "SEMVER_EQ": "is version",
    "SEMVER_GT": "is a version above",
    "SEMVER_LT": "is a version below",
}
"""Unleash's operators; one that is missing here is shown by its own name."""
FULL_WEIGHT = 1000
"""The sum of the weights of a strategy's variants."""
SWITCH, PURPOSE, DEPENDS = "is", "purpose", "depends on"


def describe(export: Export, name: str) -> dict[str, list[str]]:
    """Everything about a flag, by aspect; an empty aspect is left out.

    The percentage of the strategy with the slider is an aspect of its own, and not part of that strategy's description.
    """
    feature = export.feature(name)
    strategies = export.strategies(name)
    slider = find_slider(strategies)
    aspects = {
        SWITCH: ["on" if export.is_on(name) else "off"],
        "rollout": [f"{slider.parameters.get('rollout')}%"] if slider else [],
        PURPOSE: [feature.description] if feature.description else [],
        "type": [feature.type],
        "project": [feature.project],
        **export.tags(name),
        DEPENDS: sorted(_parent(parent) for parent in export.parents(name)),
        "strategies": sorted(_strategy(strategy, is_slider=strategy is slider) for strategy in strategies),
        "variants": _variants(export, name, slider),
        "marked": ["stale"] * feature.stale + ["archived"] * feature.archived,
        "impression data": ["on"] * feature.impression_data,
        "links": sorted(
            f"{link.title} {link.url}".strip() for one in export.links if one.feature == name for link in one.links
        ),
    }
    return {aspect: sentences for aspect, sentences in aspects.items() if sentences}


def differences(have: Export, want: Export) -> dict[str, list[str]]:
    """The differences between the flags in force (`have`) and those of a file (`want`): sentences by flag."""
    return {name: sentences for name in sorted(have.names | want.names) if (sentences := _compare(have, want, name))}


def audience(export: Export, name: str) -> str:
    """Who gets a flag that is on, by its own strategies; empty: nobody."""
    if not export.strategies(name):
        return "everybody"
    active = export.active(name)
    slider = find_slider(active)
    return "; ".join(
        f"rollout {one.parameters.get('rollout')}%"
        if one is slider and not one.constraints and not one.segments
        else _strategy(one, is_slider=False)
        for one in active
    )


def closed(export: Export, name: str) -> list[str]:
    """Why nobody gets a flag even if its switch is on: sentences without a full stop, none if somebody may get it."""
    return [
        *_shut(export, name),
        *(
            f"{name} depends on {parent.feature}, which is {'off' if parent.enabled else 'on'}"
            for parent in export.parents(name)
            if parent.enabled != export.is_on(parent.feature)
        ),
        *(why for parent in export.parents(name) if parent.enabled for why in _shut(export, parent.feature)),
    ]


def lacking(present: Export, delivered: Export, archived: Collection[str]) -> list[str]:
    """What delivered flags have lost in the store: a sentence each, with the way to restore it.

    A flag that was archived and revived in Unleash's UI does not depend on its parent any more.
    """
    sentences = [f"{name} is archived, and so off for everybody." for name in sorted(delivered.names & set(archived))]
    for name in sorted(delivered.names & present.names):
        parents = {one.feature for one in present.parents(name)}
        lost = sorted({one.feature for one in delivered.parents(name)} - parents)
        sentences += [f"{name} does not depend on {one} any more: playhead flags push brings it back." for one in lost]
    return sentences


def _shut(export: Export, name: str) -> list[str]:
    if name not in export.names:
        return []
    if export.feature(name).archived:
        return [f"{name} is archived"]
    return [f"all strategies of {name} are disabled"] if export.strategies(name) and not export.active(name) else []


def _compare(have: Export, want: Export, name: str) -> list[str]:
    if name not in have.names:
        return [f"{name}: missing, only in the file"]
    if name not in want.names:
        return [f"{name}: not in the file"]
    here, there = describe(have, name), describe(want, name)
    return [
        f"{name}: {_label(aspect)}{_join(aspect, here)}, in the file {_join(aspect, there)}"
        for aspect in [*here, *(aspect for aspect in there if aspect not in here)]
        if here.get(aspect) != there.get(aspect)
    ]


def _label(aspect: str) -> str:
    return "" if aspect == SWITCH else f"{aspect} "


def _join(aspect: str, aspects: dict[str, list[str]]) -> str:
    joined = "; ".join(aspects.get(aspect, []))
    return f"“{joined}”" if joined and aspect == PURPOSE else joined or "none"


def _parent(parent: Parent) -> str:
    which = f" in variant {' or '.join(sorted(parent.variants))}" if parent.variants else ""
    return f"{parent.feature}{which}{'' if parent.enabled else ' being off'}"


def _strategy(strategy: Strategy, *, is_slider: bool) -> str:
    given = dict(strategy.parameters)
    if strategy.name == GRADUAL:
        rollout = given.pop("rollout", "")
        share = "gradual" if is_slider else f"{rollout}%"
        group = given.pop("groupId", strategy.feature_name)
        who = f"{share} by {given.pop('stickiness', 'default')}" + (
            f" in group {group}" if group != strategy.feature_name else ""
        )
    else:
        who = "everybody" if strategy.name == "default" else strategy.name
    rest = " ".join(f"{name}={value}" for name, value in sorted(given.items()))
    segments = [f"segment {number}" for number in sorted(strategy.segments)]
    where = " and ".join(sorted(_constraint(one) for one in strategy.constraints) + segments)
    parts = (
        "(disabled)" if strategy.disabled else "",
        f"“{strategy.title}”" if strategy.title else "",
        who,
        rest,
        f"where {where}" if where else "",
    )
    return " ".join(part for part in parts if part)


def _constraint(constraint: Constraint) -> str:
    operator = OPERATORS.get(constraint.operator, constraint.operator)
    values = ", ".join(sorted(constraint.values)) or constraint.value
    if constraint.operator in {"IN", "NOT_IN"} and len(constraint.values) == 1:
        operator = "is" if constraint.operator == "IN" else "is not"
    case = ", in any case" if constraint.case_insensitive else ""
    condition = f"{constraint.context_name} {operator} {values}{case}"
    return f"not ({condition})" if constraint.inverted else condition


def _variants(export: Export, name: str, slider: Strategy | None) -> list[str]:
    environment = export.environment(name)
    strategies = export.strategies(name)
    found = [_variant(variant) for variant in environment.variants] if environment else []
    for strategy in strategies:
        # With several strategies, name the one that a variant belongs to.
        whose = f", of {_strategy(strategy, is_slider=strategy is slider)}" if len(strategies) > 1 else ""
        found += [_variant(variant) + whose for variant in strategy.variants]
    return sorted(found)


def _variant(variant: Variant) -> str:
    parts = (
        f"{variant.name} for {100 * variant.weight / FULL_WEIGHT:g}%",
        "fixed" if variant.weight_type == "fix" else "",
        f"by {variant.stickiness}" if variant.stickiness else "",
        f"with {len(variant.overrides)} overrides" if variant.overrides else "",
    )
    joined = " ".join(part for part in parts if part)
    return f"{joined}: {variant.payload.value} ({variant.payload.type})" if variant.payload else joined
