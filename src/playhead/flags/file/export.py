"""The format of the flags file, which is Unleash's export: read, write, select, and convert for the engine.

Unleash imports one environment per file, so the file's one environment applies whatever its name is:
`UNLEASH_ENVIRONMENT` is only part of the context then. A key that is not a field here decides nothing: it is not read,
and so not written.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from playhead.flags.answers.document import Constraint, Parent, Variant, decode
from playhead.flags.answers.engine import MalformedFlags

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
    title: str = ""
    constraints: list[Constraint] = []
    segments: list[int] = []
    disabled: bool = False
    parameters: dict[str, str] = {}
    variants: list[Variant] = []


class FeatureEnvironment(msgspec.Struct, frozen=True, rename="camel"):
    feature_name: str
    environment: str
    enabled: bool
    variants: list[Variant] = []
    name: str = ""
    """The flag's name again: Unleash's import reads this one."""


class Dependencies(msgspec.Struct, frozen=True):
    feature: str
    dependencies: list[Parent]


class Tag(msgspec.Struct, frozen=True, rename="camel"):
    feature_name: str
    tag_type: str
    tag_value: str


class TagType(msgspec.Struct, frozen=True):
    name: str
    description: str = ""
    icon: str = ""


class Link(msgspec.Struct, frozen=True):
    url: str
    title: str = ""


class Links(msgspec.Struct, frozen=True):
    feature: str
    links: list[Link]


class ContextField(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    description: str = ""
    stickiness: bool = False
    sort_order: int = 0
    legal_values: list[dict[str, Any]] = []


class Export(msgspec.Struct, frozen=True, rename="camel"):
    features: list[Feature]
    feature_strategies: list[Strategy]
    feature_environments: list[FeatureEnvironment]
    context_fields: list[ContextField] = []
    feature_tags: list[Tag] = []
    segments: list[dict[str, Any]] = []
    tag_types: list[TagType] = []
    dependencies: list[Dependencies] = []
    links: list[Links] = []

    @property
    def names(self) -> set[str]:
        return {feature.name for feature in self.features}

    @property
    def segmented(self) -> set[str]:
        """The flags that a file cannot hold: an export has the ids of their segments, not the segments."""
        return {strategy.feature_name for strategy in self.feature_strategies if strategy.segments}

    def feature(self, name: str) -> Feature:
        return next(feature for feature in self.features if feature.name == name)

    def strategies(self, name: str) -> list[Strategy]:
        return [strategy for strategy in self.feature_strategies if strategy.feature_name == name]

    def active(self, name: str) -> list[Strategy]:
        """Its strategies that are not disabled. A flag without any cannot be turned on: Unleash would add one for
        everybody by itself.
        """
        return [strategy for strategy in self.strategies(name) if not strategy.disabled]

    def environment(self, name: str) -> FeatureEnvironment | None:
        return next((one for one in self.feature_environments if one.feature_name == name), None)

    def is_on(self, name: str) -> bool:
        """Its switch; its strategies decide who gets it then."""
        environment = self.environment(name)
        return environment is not None and environment.enabled

    def parents(self, name: str) -> list[Parent]:
        return [parent for child in self.dependencies if child.feature == name for parent in child.dependencies]

    def tags(self, name: str) -> dict[str, list[str]]:
        """Its tags: values by type, both sorted."""
        tags = sorted((tag.tag_type, tag.tag_value) for tag in self.feature_tags if tag.feature_name == name)
        return {kind: [value for other, value in tags if other == kind] for kind, _ in tags}


def read(text: bytes) -> Export:
    """Parse the text of a flags file.

    Raises:
        MalformedFlags: it is not an export, or has what a file cannot hold: two environments, or segments.
    """
    try:
        export = decode(text, Export)
    except msgspec.DecodeError as error:
        raise MalformedFlags(f"not an Unleash export: {error}") from None
    environments = sorted({one.environment for one in export.feature_environments})
    if len(environments) > 1:
        raise MalformedFlags(f"more than one environment: {', '.join(environments)}")
    if export.segmented:
        names = ", ".join(sorted(export.segmented))
        raise MalformedFlags(f"an export does not say what a segment is, use constraints: {names}")
    return export


def normal(export: Export) -> Export:
    """The same flags in the order that files are written in, so that a diff of two files is a diff of flags."""
    return Export(
        features=sorted(export.features, key=lambda one: one.name),
        feature_strategies=sorted(
            export.feature_strategies,
            key=lambda one: (one.feature_name, bool(one.constraints), msgspec.json.encode(one, order="deterministic")),
        ),
        feature_environments=[
            msgspec.structs.replace(one, name=one.feature_name)
            for one in sorted(export.feature_environments, key=lambda one: one.feature_name)
        ],
        context_fields=sorted(export.context_fields, key=lambda one: one.name),
        feature_tags=sorted(export.feature_tags, key=lambda one: (one.feature_name, one.tag_type, one.tag_value)),
        segments=export.segments,
        tag_types=sorted(export.tag_types, key=lambda one: one.name),
        dependencies=[
            Dependencies(one.feature, sorted(one.dependencies, key=lambda parent: parent.feature))
            for one in sorted(export.dependencies, key=lambda one: one.feature)
            if one.dependencies
        ],
        links=sorted((one for one in export.links if one.links), key=lambda one: one.feature),
    )


def write(export: Export) -> bytes:
    """The text of a flags file; the same flags always give the same text."""
    return msgspec.json.format(msgspec.json.encode(normal(export), order="deterministic"), indent=2) + b"\n"


def select(export: Export, wanted: Callable[[str], bool]) -> Export:
    """A copy with only these flags and everything that belongs to them."""
    return msgspec.structs.replace(
        export,
        features=[one for one in export.features if wanted(one.name)],
        feature_strategies=[one for one in export.feature_strategies if wanted(one.feature_name)],
        feature_environments=[one for one in export.feature_environments if wanted(one.feature_name)],
        feature_tags=[one for one in export.feature_tags if wanted(one.feature_name)],
        dependencies=[one for one in export.dependencies if wanted(one.feature)],
        links=[one for one in export.links if wanted(one.feature)],
    )


def client_document(export: Export) -> str:
    """The same flags as Unleash's server sends them to a client (`/api/client/features`)."""
    features = [_client_feature(export, feature) for feature in export.features if not feature.archived]
    return msgspec.json.encode({"version": CLIENT_FORMAT, "features": features}).decode()


def _client_feature(export: Export, feature: Feature) -> dict[str, Any]:
    environment = export.environment(feature.name)
    active = export.active(feature.name)
    # To the engine, no strategy means "on for all": a flag whose strategies are all disabled must not become that.
    muted = bool(export.strategies(feature.name)) and not active
    return {
        "name": feature.name,
        "type": feature.type,
        "project": feature.project,
        "stale": feature.stale,
        "impressionData": feature.impression_data,
        "enabled": export.is_on(feature.name) and not muted,
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
        "dependencies": export.parents(feature.name),
    }
