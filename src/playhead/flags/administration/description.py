"""Flags in words: what decides and what describes, and nothing else. Two flags that say the same are the same."""

from collections.abc import Collection

from playhead.flags.administration.catalogue import GRADUAL, find_slider
from playhead.flags.file.export import Constraint, Export, Parent, Strategy, Variant

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
"""Another one is said by its own name."""
FULL_WEIGHT = 1000
"""The weights of a strategy's variants add up to this."""
SWITCH, PURPOSE, DEPENDS = "is", "purpose", "depends on"


def describe(export: Export, name: str) -> dict[str, list[str]]:
    """All that there is to say of a flag, by aspect; what is not there has no aspect.

    The share of the one strategy with the slider is an aspect of its own and is left out of that strategy's words.
    """
    feature = export.feature(name)
    strategies = export.strategies(name)
    slider = find_slider(strategies)
    said = {
        SWITCH: ["on" if export.is_on(name) else "off"],
        "rollout": [f"{slider.parameters.get('rollout')} %"] if slider else [],
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
    return {aspect: words for aspect, words in said.items() if words}


def differences(have: Export, want: Export) -> dict[str, list[str]]:
    """What the flags in force (`have`) and those of a file (`want`) do not have in common: sentences by flag."""
    return {name: sentences for name in sorted(have.names | want.names) if (sentences := _compare(have, want, name))}


def audience(export: Export, name: str) -> str:
    """Who gets a flag that is on, as far as its own strategies say; empty: nobody."""
    if not export.strategies(name):
        return "everybody"
    active = export.active(name)
    slider = find_slider(active)
    return "; ".join(
        f"rollout {one.parameters.get('rollout')} %"
        if one is slider and not one.constraints and not one.segments
        else _strategy(one, is_slider=False)
        for one in active
    )


def closed(export: Export, name: str) -> list[str]:
    """Why nobody gets a flag, even if its own switch is on: sentences without a full stop, none if somebody may."""
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
    """What delivered flags have lost where they are kept: a sentence each, with the way out.

    A flag that was archived and revived in Unleash's pages does not depend on its parent any more.
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


def _join(aspect: str, said: dict[str, list[str]]) -> str:
    words = "; ".join(said.get(aspect, []))
    return f"“{words}”" if words and aspect == PURPOSE else words or "none"


def _parent(parent: Parent) -> str:
    which = f" in variant {' or '.join(sorted(parent.variants))}" if parent.variants else ""
    return f"{parent.feature}{which}{'' if parent.enabled else ' being off'}"


def _strategy(strategy: Strategy, *, is_slider: bool) -> str:
    given = dict(strategy.parameters)
    if strategy.name == GRADUAL:
        rollout = given.pop("rollout", "")
        share = "gradual" if is_slider else f"{rollout} %"
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
    words = f"{constraint.context_name} {operator} {values}{case}"
    return f"not ({words})" if constraint.inverted else words


def _variants(export: Export, name: str, slider: Strategy | None) -> list[str]:
    environment = export.environment(name)
    strategies = export.strategies(name)
    found = [_variant(variant) for variant in environment.variants] if environment else []
    for strategy in strategies:
        # Only of several strategies must it be said which of them a variant belongs to.
        whose = f", of {_strategy(strategy, is_slider=strategy is slider)}" if len(strategies) > 1 else ""
        found += [_variant(variant) + whose for variant in strategy.variants]
    return sorted(found)


def _variant(variant: Variant) -> str:
    parts = (
        f"{variant.name} for {100 * variant.weight / FULL_WEIGHT:g} %",
        "fixed" if variant.weight_type == "fix" else "",
        f"by {variant.stickiness}" if variant.stickiness else "",
        f"with {len(variant.overrides)} overrides" if variant.overrides else "",
    )
    said = " ".join(part for part in parts if part)
    return f"{said}: {variant.payload.value} ({variant.payload.type})" if variant.payload else said
