"""Unleash's export format, which the flags file is in: read, checked, and turned into what the engine evaluates.

Unleash imports one environment per file, so the file's one environment is the one that applies, whatever it is called:
`UNLEASH_ENVIRONMENT` names only the context then.
"""

from datetime import date
from typing import Any

import msgspec

from playhead.flags.engine import MalformedFlags

CLIENT_FORMAT = 2
"""The version of the document `/api/client/features` that the engine reads."""


class Feature(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    type: str
    project: str
    description: str = ""
    stale: bool = False
    impression_data: bool = False
    archived: bool = False


class Strategy(msgspec.Struct, frozen=True, rename="camel"):
    feature_name: str
    name: str
    parameters: dict[str, str] = {}
    constraints: list[dict[str, Any]] = []
    variants: list[dict[str, Any]] = []
    segments: list[int] = []
    disabled: bool = False


class FeatureEnvironment(msgspec.Struct, frozen=True, rename="camel"):
    feature_name: str
    environment: str
    enabled: bool
    variants: list[dict[str, Any]] = []


class Dependencies(msgspec.Struct, frozen=True):
    feature: str
    dependencies: list[dict[str, Any]]


class Tag(msgspec.Struct, frozen=True, rename="camel"):
    feature_name: str
    tag_type: str
    tag_value: str


class Export(msgspec.Struct, frozen=True, rename="camel"):
    """The parts of an export that decide or describe; the rest is Unleash's and is left alone."""

    features: list[Feature]
    feature_strategies: list[Strategy]
    feature_environments: list[FeatureEnvironment]
    dependencies: list[Dependencies] = []
    feature_tags: list[Tag] = []


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to know of a flag. Owner and date are tags, because Unleash's import keeps those."""

    name: str
    type: str
    purpose: str
    owner: str | None
    remove_by: date | None


def read(text: bytes) -> Export:
    """Check the text of a flags file.

    Raises:
        MalformedFlags: it is not an export, or holds what a file cannot say: two environments, or segments.
    """
    try:
        export = msgspec.json.decode(text, type=Export)
    except msgspec.DecodeError as error:
        raise MalformedFlags(f"not an Unleash export: {error}") from None
    environments = sorted({one.environment for one in export.feature_environments})
    if len(environments) > 1:
        raise MalformedFlags(f"more than one environment: {', '.join(environments)}")
    segmented = sorted({strategy.feature_name for strategy in export.feature_strategies if strategy.segments})
    if segmented:
        raise MalformedFlags(f"an export does not say what a segment is, use constraints: {', '.join(segmented)}")
    return export


def client_document(export: Export) -> str:
    """The same flags as Unleash's server would hand them to a client."""
    features = [_client_feature(export, feature) for feature in export.features if not feature.archived]
    return msgspec.json.encode({"version": CLIENT_FORMAT, "features": features}).decode()


def catalogue(export: Export) -> list[Entry]:
    """Every flag with its owner and the day it is to be gone.

    Raises:
        MalformedFlags: a `remove-by` tag is not a date.
    """
    tags = {(tag.feature_name, tag.tag_type): tag.tag_value for tag in export.feature_tags}
    return [
        Entry(
            name=feature.name,
            type=feature.type,
            purpose=feature.description,
            owner=tags.get((feature.name, "owner")),
            remove_by=_day(feature.name, tags.get((feature.name, "remove-by"))),
        )
        for feature in export.features
    ]


def _client_feature(export: Export, feature: Feature) -> dict[str, Any]:
    environment = next((one for one in export.feature_environments if one.feature_name == feature.name), None)
    written = [strategy for strategy in export.feature_strategies if strategy.feature_name == feature.name]
    active = [strategy for strategy in written if not strategy.disabled]
    # To the engine, no strategy means "on for all": a flag whose strategies are all disabled must not become that.
    muted = bool(written) and not active
    return {
        "name": feature.name,
        "type": feature.type,
        "project": feature.project,
        "stale": feature.stale,
        "impressionData": feature.impression_data,
        "enabled": environment is not None and environment.enabled and not muted,
        "strategies": [
            {
                "name": strategy.name,
                "parameters": strategy.parameters,
                "constraints": strategy.constraints,
                "variants": strategy.variants,
            }
            for strategy in active
        ],
        "variants": environment.variants if environment else [],
        "dependencies": [
            parent for child in export.dependencies if child.feature == feature.name for parent in child.dependencies
        ],
    }


def _day(name: str, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise MalformedFlags(f"the remove-by tag of {name} is not a date: {value}") from None
