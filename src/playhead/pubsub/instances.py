"""What each web process says of itself, in a key of its own that it renews; whoever wants to know reads all of them."""

from collections.abc import Mapping

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PREFIX = "playhead:web:"
TTL_S = 5
"""A process that ended, or hangs, is soon no longer there; one that is renews its key each second."""
ANSWER_S = 2.0
"""Redis answers in milliseconds; a command that was given in an emergency does not wait longer."""


def announced(url: str) -> Mapping[str, bytes]:
    """What the processes say now, by their keys.

    Raises:
        OSError: Redis cannot be asked.
    """
    options = {"socket_timeout": ANSWER_S, "socket_connect_timeout": ANSWER_S, "retry": Retry(NoBackoff(), 0)}
    try:
        with redis.Redis.from_url(url, **options) as client:
            keys = sorted(client.scan_iter(match=f"{PREFIX}*", count=1000))
            found = client.mget(keys) if keys else []
    except redis.RedisError as error:
        raise ConnectionError(str(error)) from error
    return {key.decode(): document for key, document in zip(keys, found, strict=True) if document}
