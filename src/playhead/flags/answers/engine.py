"""Unleash's own engine without its server: evaluates the flags of one document.

The file source answers with it; the Unleash source validates a document with it before it is stored. The SDK's client
uses the same engine. That client is not imported here: with its network code it costs a tenth of a process's start.
"""

import ctypes
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgspec

APP_NAME = "playhead"
NO_CUSTOM_STRATEGIES = b"{}"
"""The results of strategies that a client has of its own: this one has none, so they let nobody in."""


class MalformedFlags(Exception):
    """A flags document that cannot be used; the message is the reason."""


class _Named(msgspec.Struct):
    name: str


class _Feature(_Named):
    strategies: list[_Named]


class _Document(msgspec.Struct):
    features: list[_Feature]


class _Answer(msgspec.Struct):
    """The library's answer to one question. `value`: None for an unknown flag, and where it failed."""

    value: bool | None = None
    error_message: str | None = None


_decode = msgspec.json.Decoder(_Answer).decode


class Evaluator:
    """A `Client` that counts no exposure. No threads, no network, nothing to close."""

    def __init__(self, environment: str, document: str = "") -> None:
        """`document`: of `/api/client/features`; without it every flag is unknown."""
        # Native code and the log, which `flags list` does not need.
        from yggdrasil_engine.engine import UnleashEngine

        from playhead import log

        self._environment = environment
        self._engine = UnleashEngine()
        self._logger = log.get(__name__)
        self._asks_library = True
        """Whether the engine's library is asked itself; its package, once that has failed."""
        if document:
            self._engine.take_state(document)

    def is_enabled(self, feature_name: str, context: dict[str, Any]) -> bool:
        """Asks the engine's library itself: `check_enabled` takes three times as long, with a second question about
        events that nobody reads here. It was a quarter of all that a poll costs.

        Never raises, as `check_enabled`: while an error is answered, streams that are open go on, in spite of a kill
        switch. So `check_enabled` answers where the library cannot be asked.
        """
        complete = self._complete(context)
        if self._asks_library:
            try:
                return self._answer(feature_name, complete)
            except Exception:  # the package promises nothing about what is used here
                self._asks_library = False
                self._logger.exception("the flag engine's library cannot be asked itself", flag=feature_name)
        return bool(self._engine.check_enabled(feature_name, complete).is_enabled)

    def _answer(self, feature_name: str, context: dict[str, Any]) -> bool:
        engine = self._engine
        asked = json.dumps(context).encode()  # not msgspec: it takes no half of a surrogate pair
        pointer = engine.lib.check_enabled(engine.state, feature_name.encode(), asked, NO_CUSTOM_STRATEGIES)
        try:
            answer = _decode(ctypes.string_at(pointer))
        finally:
            engine.lib.free_response(pointer)
        if answer.error_message is not None:
            self._logger.warning("the flag engine failed", flag=feature_name, error=answer.error_message)
        return answer.value is True

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
