"""Opens the broker that a URL names: Redis, or `memory://NAME` within one process, for tests."""

from collections.abc import Callable
from typing import Any

import msgspec

from playhead.live.broker.keys import FINAL_TTL_S, NAMESPACE, Keys
from playhead.live.broker.memory import MemorySender, MemorySubscriber
from playhead.live.broker.ports import Sender, StatusSubscriber
from playhead.live.broker.sender import ValkeySender
from playhead.live.job import D

MEMORY = "memory://"
_memory: dict[str, MemorySender[Any]] = {}
"""The senders within this process, by their URLs and namespaces."""


def open_sender(
    url: str,
    *,
    encode: Callable[[D], bytes] = msgspec.json.encode,
    namespace: str = NAMESPACE,
    final_ttl_s: int = FINAL_TTL_S,
    has_store: bool = False,
) -> Sender[D]:
    """The sender to the broker at this URL, with the arguments of `ValkeySender`."""
    if url.startswith(MEMORY):
        return _in_memory(url, namespace)
    keys = Keys(namespace)
    return ValkeySender(url, encode=encode, keys=keys, final_ttl_s=final_ttl_s, has_store=has_store)


def open_subscriber(url: str, decode: Callable[[bytes | str], D], *, namespace: str = NAMESPACE) -> StatusSubscriber[D]:
    """The subscriber to the broker at this URL. Call it in the event loop that listens."""
    if url.startswith(MEMORY):
        return MemorySubscriber(_in_memory(url, namespace))
    from playhead.live.broker.subscriber import ValkeySubscriber  # a task needs no asyncio client

    return ValkeySubscriber(url, decode, keys=Keys(namespace))


def _in_memory(url: str, namespace: str) -> MemorySender[Any]:
    return _memory.setdefault(f"{url} {namespace}", MemorySender())
