"""Unleash's own engine without its server: evaluates the flags of one document.

The file source answers with it; the Unleash source validates a document with it before it is stored. The SDK's client
uses the same engine. That client is not imported here: with its network code it costs a tenth of a process's start.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgspec

APP_NAME = "playhead"


class MalformedFlags(Exception):
    """A flags document that cannot be used; the message is the reason."""


class _Named(msgspec.Struct):
    name: str


class _Feature(_Named):
    strategies: list[_Named]


class _Document(msgspec.Struct):
    features: list[_Feature]


class Evaluator:
    """A `Client` that counts no exposure. No threads, no network, nothing to close."""

    def __init__(self, environment: str, document: str = "") -> None:
        """`document`: of `/api/client/features`; without it every flag is unknown."""
        from yggdrasil_engine.engine import UnleashEngine  # native code, which `flags list` does not need

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
        """Add what the SDK's client adds to a context."""
        now = datetime.now(UTC).isoformat()
        return {"appName": APP_NAME, "environment": self._environment, "currentTime": now, "properties": {}} | context


def evaluator(document: str, environment: str) -> Evaluator:
    """Make an evaluator of this document of `/api/client/features`.

    Raises:
        MalformedFlags: the engine cannot read the document, or not all of its flags.
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
