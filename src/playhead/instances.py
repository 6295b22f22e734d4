"""Reads the reports of the web processes about themselves; each renews its own in a key of its own."""

from collections.abc import Mapping

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from playhead.live.broker.keys import KEYS

ANSWER_S = 2.0
"""Seconds to wait for Redis, which answers in milliseconds: a command in an emergency must not wait longer."""


def announced(url: str) -> Mapping[str, bytes]:
    """Read the present reports, by their keys.

    Raises:
        OSError: Redis cannot be reached.
    """
    options = {"socket_timeout": ANSWER_S, "socket_connect_timeout": ANSWER_S, "retry": Retry(NoBackoff(), 0)}
    try:
        with redis.Redis.from_url(url, **options) as client:
            keys = sorted(client.scan_iter(match=f"{KEYS.processes}*", count=1000))
            found = client.mget(keys) if keys else []
    except redis.RedisError as error:
        raise ConnectionError(str(error)) from error
    return {key.decode(): document for key, document in zip(keys, found, strict=True) if document}
