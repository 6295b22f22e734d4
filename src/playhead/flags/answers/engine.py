"""Unleash's own evaluator, without a server: one document in, answers out.

The file source answers with it; the server source lets it check a document before it is kept. It is what the SDK's
client asks, too. That client is not imported here: with all that it needs for the network it costs a tenth of the start
of a process.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgspec

APP_NAME = "playhead"


class MalformedFlags(Exception):
    """A flags document that cannot be used; the message says what is wrong with it."""


class _Named(msgspec.Struct):
    name: str


class _Feature(_Named):
    strategies: list[_Named]


class _Document(msgspec.Struct):
    features: list[_Feature]


class Evaluator:
    """Answers as the SDK's client does, but counts no exposure. No threads, no network, nothing to close."""

    def __init__(self, environment: str, document: str = "") -> None:
        """`document` is one of `/api/client/features`; without it every flag is unknown."""
        from yggdrasil_engine.engine import UnleashEngine  # native code, for who asks: `flags list` only reads

        self._environment = environment
        self._engine = UnleashEngine()
        if document:
            self._engine.take_state(document)

    def is_enabled(self, feature_name: str, context: dict[str, Any]) -> bool:
        return bool(self._engine.check_enabled(feature_name, self._complete(context)).is_enabled)

    def get_variant(self, feature_name: str, context: dict[str, Any]) -> dict[str, Any]:
        variant = asdict(self._engine.check_variant(feature_name, self._complete(context)).variant)
        return {key: value for key, value in variant.items() if value is not None}

    def feature_definitions(self) -> dict[str, Any]:
        return {flag.name: {"type": flag.type, "project": flag.project} for flag in self._engine.list_known_toggles()}

    def _complete(self, context: dict[str, Any]) -> dict[str, Any]:
        """With what the SDK's client adds."""
        now = datetime.now(UTC).isoformat()
        return {"appName": APP_NAME, "environment": self._environment, "currentTime": now, "properties": {}} | context


def evaluator(document: str, environment: str) -> Evaluator:
    """An evaluator of this document of `/api/client/features`.

    Raises:
        MalformedFlags: the engine does not understand the document, or not all of its flags.
    """
    try:
        names = {feature.name for feature in msgspec.json.decode(document, type=_Document).features}
    except msgspec.DecodeError as error:
        raise MalformedFlags(f"not a document of flags: {error}") from None
    understood = Evaluator(environment, document)
    # The engine reports no error for a state it cannot read: it stays empty.
    if understood.feature_definitions().keys() != names:
        raise MalformedFlags("the flag engine does not understand it")
    return understood
