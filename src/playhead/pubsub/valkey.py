"""Deprecated, for one release: use `playhead.live.broker.sender` and `playhead.live.broker.subscriber`."""

import warnings

from playhead.live.broker import subscriber
from playhead.live.broker.sender import ValkeySender as ValkeySender
from playhead.sessions.status import Status, decode

warnings.warn("playhead.pubsub.valkey is deprecated: use playhead.live.broker", DeprecationWarning, stacklevel=2)


def ValkeySubscriber(url: str) -> subscriber.ValkeySubscriber[Status]:  # noqa: N802 - the name it had
    """The subscriber of session statuses."""
    return subscriber.ValkeySubscriber(url, decode)
