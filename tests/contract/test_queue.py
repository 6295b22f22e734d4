"""The web's end of the task queue, against a real broker: what is sent is there, and a lost one is an OSError."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from infra.proxies.relay import relay

from playhead.live.broker.sender import ValkeySender
from playhead.transcription.enqueue import NAME, QUEUE, UNACKED, Queue
from playhead.urls import for_kombu
from tests.support.certificate import self_signed
from tests.support.valkey import Valkey


def test_task_is_in_the_broker_with_the_id_and_nothing_else(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    queue.send("session-1")
    queue.close()
    with redis.Redis.from_url(own_server.url) as client:
        (message,) = client.lrange(QUEUE, 0, -1)
    task = json.loads(message)
    assert task["headers"]["task"] == NAME
    assert "session-1" in task["headers"]["argsrepr"]


def test_queue_is_empty_until_something_is_sent(own_server: Valkey) -> None:
    with closing(Queue(own_server.url)) as queue:
        assert queue.is_empty()
        queue.send("session-1")
        assert not queue.is_empty()


@pytest.mark.parametrize(
    ("eta", "empty"),
    [(timedelta(seconds=50), False), (timedelta(0), False), (timedelta(minutes=-2), True), (None, True)],
)
def test_queue_is_not_empty_while_a_worker_holds_a_message_for_later(
    own_server: Valkey, eta: timedelta | None, empty: bool
) -> None:
    with closing(Queue(own_server.url)) as queue, redis.Redis.from_url(own_server.url) as client:
        queue.send("session-1")
        message = json.loads(client.rpop(QUEUE))
        message["headers"]["eta"] = None if eta is None else (datetime.now(UTC) + eta).isoformat()
        client.hset(UNACKED["unacked_key"], mapping={"1": json.dumps([message, "", QUEUE]), "2": "no message"})
        assert queue.is_empty() is empty


async def test_missing_broker_is_an_os_error_until_it_is_back(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    own_server.kill()
    for _ in range(2):
        with pytest.raises(OSError, match="cannot be used"):
            queue.send("session-1")
        with pytest.raises(OSError, match="cannot be used"):
            queue.is_empty()
    await asyncio.to_thread(own_server.start)
    queue.send("session-2")
    own_server.kill()
    with pytest.raises(OSError, match="cannot be used"):
        queue.send("session-3")
    queue.close()


def test_queue_of_another_type_is_an_os_error(own_server: Valkey) -> None:
    with closing(Queue(own_server.url)) as queue, redis.Redis.from_url(own_server.url) as client:
        client.set(QUEUE, "a string")
        with pytest.raises(OSError, match="cannot be used"):
            queue.is_empty()


def test_broker_that_hangs_is_an_os_error(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    queue.send("session-1")
    with own_server.hung(), pytest.raises(OSError, match="cannot be used"):
        queue.send("session-2")
    queue.close()


@contextmanager
def over_tls(server: Valkey, folder: Path) -> Iterator[tuple[str, Path]]:
    """The URL of the server behind TLS, and the certificate that nobody but itself has signed."""
    certificate, key = self_signed(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with relay(server.port, tls=context) as way:
        yield server.url_at(way.port).replace("redis:", "rediss:"), certificate


def test_certificate_that_nobody_signed_is_refused_for_queue_and_messages(own_server: Valkey, tmp_path: Path) -> None:
    with over_tls(own_server, tmp_path) as (url, _):
        for send in (Queue(for_kombu(url)).send, ValkeySender(url).login_ended):
            with pytest.raises((OSError, redis.ConnectionError), match=r"(?i)certificate verify failed"):
                send("1")


def test_certificate_of_an_authority_in_the_url_is_taken(own_server: Valkey, tmp_path: Path) -> None:
    with over_tls(own_server, tmp_path) as (url, certificate):
        trusting = f"{url}?ssl_ca_certs={certificate}"
        for send in (Queue(for_kombu(trusting)).send, ValkeySender(trusting).login_ended):
            send("1")
