"""Checks external services before anything starts: Redis, if its URL is set, and the database."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy.exc import SQLAlchemyError

from playhead import migrations
from playhead.db import NO_SLOT, has_no_free_slot
from playhead.errors import ConfigError
from playhead.schema_revision import Misfit

ANSWER_S = 3.0
"""Timeout of a connection or an answer. A server in another data centre answers in well under a second."""


def check_redis(url: str) -> None:
    """Checks that a server answers at `url`.

    Raises:
        ConfigError: it does not.
    """
    try:
        with Redis.from_url(
            url, socket_connect_timeout=ANSWER_S, socket_timeout=ANSWER_S, retry=Retry(NoBackoff(), 0)
        ) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        raise ConfigError(f"REDIS_URL is set, but no Redis or Valkey can be used there: {error}.") from None


def migrate(url: str) -> None:
    """Applies the missing migrations to the database at `url`.

    Raises:
        ConfigError: the database cannot be used.
    """
    try:
        migrations.upgrade(url)
    except Misfit as misfit:
        raise ConfigError(f"The database cannot be brought up to date: {misfit}.") from None
    except SQLAlchemyError as error:
        reason = NO_SLOT if has_no_free_slot(error) else str(error.__cause__ or error).splitlines()[0]
        raise ConfigError(f"The database cannot be brought up to date: {reason}.") from None
