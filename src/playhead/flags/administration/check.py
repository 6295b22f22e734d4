"""Checks a flags file against the rules: each flag has an owner, a purpose, and a date by which it must be removed."""

from collections.abc import Iterator
from datetime import date

import msgspec

from playhead.config import Settings
from playhead.flags.administration.catalogue import OWNER, REMOVE_BY, SINCE, day, gradual, tag
from playhead.flags.answers import engine
from playhead.flags.answers.names import Flag
from playhead.flags.answers.tuning import Tuning
from playhead.flags.file.export import Export, Feature, client_document, read

TYPES = {"release", "experiment", "operational", "kill-switch", "permission"}
"""The types of flags that Unleash has."""


def problems(text: bytes, today: date) -> list[str]:
    """All violations in a flags file, a sentence each."""
    try:
        flags = read(text)
        engine.evaluator(client_document(flags), environment="")
    except engine.MalformedFlags as error:
        return [f"The file cannot be used: {error}."]
    return [
        *_names(flags),
        *(problem for feature in flags.features for problem in _metadata(flags, feature, today)),
        *(problem for feature in flags.features for problem in _targeting(flags, feature)),
        *_tuning(flags),
    ]


def _names(flags: Export) -> Iterator[str]:
    listed = [feature.name for feature in flags.features]
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield f"{name}: listed twice."
    for name in sorted(flags.names - set(Flag)):
        yield f"{name}: unknown to the code."
    for name in sorted(set(Flag) - flags.names):
        yield f"{name}: the code asks for it, and it is not in the file."
    named = {
        *(one.feature_name for one in flags.feature_strategies + flags.feature_environments + flags.feature_tags),
        *(one.feature for one in flags.dependencies),
    }
    for name in sorted(named - flags.names):
        yield f"{name}: something is said of it, and it is not among the features."


def _metadata(flags: Export, feature: Feature, today: date) -> Iterator[str]:
    name = feature.name
    if not tag(flags, name, OWNER):
        yield f"{name}: has no owner (a tag)."
    if not feature.description:
        yield f"{name}: has no purpose (its description)."
    if feature.type not in TYPES:
        yield f"{name}: {feature.type} is no type of Unleash's."
    for kind in (SINCE, REMOVE_BY):
        if len(flags.tags(name).get(kind, [])) != 1:
            yield f"{name}: needs one tag {kind}, a day."
        elif not day(tag(flags, name, kind)):
            yield f"{name}: the tag {kind} is not a day like 2026-11-23: {tag(flags, name, kind)}."
    born, remove_by = day(tag(flags, name, SINCE)), day(tag(flags, name, REMOVE_BY))
    if born and born > today:
        yield f"{name}: is not born yet, since {born}."
    if remove_by and remove_by < today:
        yield f"{name}: was to be removed by {remove_by}: remove it, or renew the day with a reason."


def _targeting(flags: Export, feature: Feature) -> Iterator[str]:
    name = feature.name
    if sum(one.feature_name == name for one in flags.feature_environments) != 1:
        yield f"{name}: needs one entry among the featureEnvironments, its switch."
    if feature.impression_data:
        yield f"{name}: has impression data on, whose events crowd out the news that a flag changed."
    for parent in flags.parents(name):
        if not parent.enabled:
            yield f"{name}: depends on {parent.feature} being off, which not every part of Unleash understands."
        if parent.feature not in flags.names:
            yield f"{name}: depends on {parent.feature}, which is not in the file."
    if flags.parents(name) and not feature.project:
        yield f"{name}: needs a project, or Unleash drops what it depends on."
    strategies = flags.strategies(name)
    if feature.archived:
        yield f"{name}: is archived, so nobody gets it: take it out of the file."
    if not flags.active(name):
        yield f"{name}: has no active strategy, so it cannot be turned on."
    if sum(bool(strategy.variants) for strategy in strategies) > 1:
        yield f"{name}: several strategies have variants, and Unleash does not keep their order."
    for strategy in gradual(strategies):
        rollout = strategy.parameters.get("rollout", "")
        if not rollout.isdecimal() or int(rollout) > 100:
            yield f"{name}: the rollout must be a whole number from 0 to 100, not {rollout or 'nothing'}."
        stickiness = strategy.parameters.get("stickiness", "default")
        if feature.type == "release" and stickiness != "userId":
            yield f"{name}: must be sticky by userId, not {stickiness}: a person would change sides."


def ignored(flags: Export, name: str) -> list[str]:
    """The parts of a flag in force that have no effect, a sentence each."""
    return list(_tuning(flags)) if name == Flag.SSE_TUNING else []


def _tuning(flags: Export) -> Iterator[str]:
    settings = Settings()
    defaults = Tuning(heartbeat_s=settings.heartbeat_s, max_age_s=settings.max_age_s)
    environment = flags.environment(Flag.SSE_TUNING)
    strategies = flags.strategies(Flag.SSE_TUNING)
    for variant in [*(environment.variants if environment else []), *(v for one in strategies for v in one.variants)]:
        if variant.payload is None:
            continue  # the settings stay in force
        try:
            defaults.with_payload(variant.payload.value)
        except msgspec.DecodeError as error:
            wrong = f"the payload of the variant {variant.name} is wrong, and the settings stay in force"
            yield f"{Flag.SSE_TUNING}: {wrong}: {error}."
