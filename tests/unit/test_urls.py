"""A Redis URL that passes the check works with redis-py and kombu."""

import pytest
import redis
from kombu.connection import Connection

from playhead import urls
from playhead.errors import ConfigError

VALUES = {"ssl_cert_reqs": "none", "ssl_check_hostname": "false", "db": "2", "virtual_host": "2"}
BASES = {
    "redis": "redis://:secret@host:6380/2",
    "rediss": "rediss://user:secret@host/2",
    "unix": "unix://:secret@/run/redis.sock",
    "redis+socket": "redis+socket://:secret@/run/redis.sock",
}


def with_each_parameter() -> list[str]:
    return [f"{BASES[scheme]}?{name}={VALUES.get(name, 'x')}" for scheme in BASES for name in urls.PARAMETERS[scheme]]


@pytest.mark.parametrize("url", [*BASES.values(), *with_each_parameter()])
def test_checked_url_works_with_redis_py_and_kombu(url: str) -> None:
    urls.check("celery_broker_url", url)
    if not url.startswith("redis+socket"):
        redis.ConnectionPool.from_url(url).make_connection()
    broker = Connection(urls.for_kombu(url))  # type: ignore[no-untyped-call]
    channel = broker.transport.Channel
    assert channel is not None
    assert broker.transport_cls == ("rediss" if url.startswith("rediss") else "redis")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("redis://host?foo=1", "it may not have a parameter 'foo', with redis:// none"),
        ("redis://host?socket_timeout=5", "parameter 'socket_timeout'"),
        ("redis://host?db=2", "the number of a database goes into the path"),
        ("redis://host/abc", "its path is not the number of a database"),
        ("redis://:pa/ss@host:6379/0", "its port is no number. In a password, write %23 for #, %2F for /"),
        ("redis://host:70000", "its port is no number"),
        ("rediss://host?ssl_cert_reqs=maybe", "ssl_cert_reqs may be required, optional, none"),
        ("rediss://host?ssl_cacerts=x", "with rediss:// ssl_ca_certs or ssl_cert_reqs or"),
        ("unix:///run/redis.sock?db=x", "db is not the number of a database"),
        ("http://host", "it must begin with one of redis://"),
    ],
)
def test_url_that_would_fail_later_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match="The setting REDIS_URL is wrong: ") as refused:
        urls.check("redis_url", url)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://:a%2Fb@host:6379/1", "redis://:a%2Fb@host:6379/1"),
        ("rediss://host", "rediss://host?ssl_cert_reqs=required"),
        ("rediss://host?ssl_cert_reqs=none", "rediss://host?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
    ],
)
def test_url_is_translated_into_the_syntax_of_kombu(url: str, broker: str) -> None:
    assert urls.for_kombu(url) == broker


@pytest.mark.parametrize(
    ("url", "redis_url"),
    [
        ("redis://:a%2Fb@host:6379/1", "redis://:a%2Fb@host:6379/1"),
        ("unix:///run/redis.sock?db=3", "unix:///run/redis.sock?db=3"),
        ("redis+socket://:secret@/run/redis.sock?virtual_host=3", "unix://:secret@/run/redis.sock?db=3"),
        ("redis+socket:///run/redis.sock", "unix:///run/redis.sock?db=0"),
    ],
)
def test_url_is_translated_into_the_syntax_of_redis_py(url: str, redis_url: str) -> None:
    assert urls.for_redis(url) == redis_url
    redis.ConnectionPool.from_url(urls.for_redis(url)).make_connection()
