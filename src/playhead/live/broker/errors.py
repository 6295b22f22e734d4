"""Raises the errors of the ports in place of Redis's own."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis


@contextmanager
def translated() -> Iterator[None]:
    """Raises ConnectionError, an OSError, in place of any error of redis-py."""
    try:
        yield
    except redis.RedisError as error:
        raise ConnectionError(str(error)) from error
