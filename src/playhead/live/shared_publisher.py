"""One publisher in a process for each broker: however many tasks run in it, one thread and one connection."""

import atexit
import os
import threading
from typing import Any

from playhead.live.broker.connect import open_sender
from playhead.live.broker.keys import NAMESPACE
from playhead.live.job import Job
from playhead.live.publisher import CLOSE_TIMEOUT_S, StatusPublisher

KEPT_S = 24 * 3600
"""Seconds that the end of a job can be read: Redis is the only store of these jobs. Celery keeps results as long."""

_lock = threading.Lock()
_publishers: dict[tuple[str, str], StatusPublisher[Job[Any]]] = {}
"""The publishers of this process, by their URLs and namespaces."""


def shared_publisher(url: str, namespace: str = NAMESPACE) -> StatusPublisher[Job[Any]]:
    """The publisher of this process to the broker at this URL, opened at the first call.

    `has_store` stays False also where the app has a store. With it, the sender takes a low version that is written late
    for one of a restored store; here it may be of an attempt that was lost, because nothing checks the fence first.
    """
    with _lock:
        publisher = _publishers.get((url, namespace))
        if publisher is None:
            publisher = StatusPublisher(open_sender(url, namespace=namespace, final_ttl_s=KEPT_S))
            _publishers[url, namespace] = publisher
        return publisher


def close_publishers(timeout_s: float = CLOSE_TIMEOUT_S) -> None:
    """Send what is stored, and end the threads and connections. It happens by itself when the process ends."""
    with _lock:
        closing = list(_publishers.values())
        _publishers.clear()
    for publisher in closing:
        publisher.close(timeout_s)


def _begin_anew() -> None:
    """Forget the publishers in a forked child: their threads do not run there, and their sockets are the parent's."""
    global _lock  # noqa: PLW0603 - a thread of the parent may have held it
    _lock = threading.Lock()
    _publishers.clear()


atexit.register(close_publishers)
os.register_at_fork(after_in_child=_begin_anew)
