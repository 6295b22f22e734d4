"""Unleash's own evaluator, without its network: one document in, one client that answers from it.

Both sources use it. The file source answers with it; the server source lets it check a document before it is kept.
"""

from typing import Any

import msgspec
from UnleashClient.cache import BaseCache
from UnleashClient.clients.unleash_client import UnleashClient
from UnleashClient.constants import FEATURES_URL
from UnleashClient.utils import InstanceAllowType

APP_NAME = "playhead"

QUIET = 10
"""The SDK logs each question about an unknown flag at this level (DEBUG): the gate says so once, in its answer."""


class MalformedFlags(Exception):
    """A flags document that cannot be used; the message says what is wrong with it."""


class Memory(BaseCache):
    """What the SDK keeps between fetches, in memory."""

    def __init__(self, document: str = "") -> None:
        self._values: dict[str, Any] = {FEATURES_URL: document} if document else {}
        self.bootstrapped = bool(document)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value

    def mset(self, data: dict[str, Any]) -> None:
        self._values.update(data)

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def exists(self, key: str) -> bool:
        return key in self._values

    def destroy(self) -> None:
        """Called by the SDK when it ends; what is kept outlives it."""


class _Named(msgspec.Struct):
    name: str


class _Document(msgspec.Struct):
    features: list[_Named]


def evaluator(document: str, environment: str) -> UnleashClient:
    """A client that answers from this document of `/api/client/features`: no threads, no network, nothing to close.

    Raises:
        MalformedFlags: the engine does not understand the document, or not all of its flags.
    """
    try:
        names = {feature.name for feature in msgspec.json.decode(document, type=_Document).features}
    except msgspec.DecodeError as error:
        raise MalformedFlags(f"not a document of flags: {error}") from None
    client = _offline(document, environment)
    # The engine reports no error for a state it cannot read: it stays empty.
    if client.feature_definitions().keys() != names:
        raise MalformedFlags("the flag engine does not understand it")
    return client


def knows_nothing(environment: str) -> UnleashClient:
    """A client to ask before there are any flags."""
    return _offline("", environment)


def _offline(document: str, environment: str) -> UnleashClient:
    return UnleashClient(
        url="offline:",
        app_name=APP_NAME,
        environment=environment,
        cache=Memory(document),
        verbose_log_level=QUIET,
        multiple_instance_mode=InstanceAllowType.SILENTLY_ALLOW,
    )
