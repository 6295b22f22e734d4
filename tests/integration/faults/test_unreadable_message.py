"""Fault: messages in the queue cannot be read. They are put aside, and the worker goes on."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from playhead.transcription.broker import UNREADABLE
from playhead.transcription.enqueue import NAME, OLD_QUEUE, QUEUE
from tests.support.house import WORDS_WORKER, House
from tests.support.programs import Program
from tests.support.quick_worker import WORDS
from tests.support.waiting import until


def message(
    changes: dict[str, Any] | None = None, body: bytes = b"[[1], {}, {}]", queue: str = QUEUE
) -> dict[str, Any]:
    """A message as Celery sends it, with changes."""
    return {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": NAME, "id": "1"},
        "properties": {
            "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": queue},
            "delivery_tag": uuid4().hex,
        },
    } | (changes or {})


PUT_ASIDE: dict[str, bytes | dict[str, Any]] = {
    "not JSON": b"\xff\x00nonsense",
    "cut off": b'{"body": "',
    "a list": b"[1]",
    "no fields": b"{}",
    "no base64": message({"body": "!!!!!"}),
    "unknown body encoding": message({"properties": message()["properties"] | {"body_encoding": "rot13"}}),
    "no delivery tag": message({"properties": {"body_encoding": "base64", "delivery_info": {}}}),
}
TOO_DEEP = b"[" * 100_000
"""JSON that the parser rejects with an error that does not hold it, so it is not kept."""
DROPPED: dict[str, bytes | dict[str, Any]] = {
    "body is no JSON": message(body=b"nonsense"),
    "body is no text": message(body=b"\xff\xfe"),
    "unknown compression": message({"headers": {"compression": "rot13", "task": NAME, "id": "1"}}),
    "unknown charset": message({"content-encoding": "rot-8"}),
    "untrusted content": message({"content-type": "application/x-python-serialize"}),
    "no headers": message({"headers": {}}),
    "another app's task": message({"headers": {"lang": "py", "task": "another.app", "id": "1"}}),
    "no id of a session": message(body=b'[["\\u0000"], {}, {}]'),
    "other arguments": message(body=b'[[1, 2, 3], {"a": 1}, {}]'),
}
"""Messages that Celery drops and logs itself."""


def raw(case: bytes | dict[str, Any]) -> bytes:
    return case if isinstance(case, bytes) else json.dumps(case).encode()


def old_message(session_id: str) -> bytes:
    return raw(message(body=json.dumps([[session_id], {}, {}]).encode(), queue=OLD_QUEUE))


@pytest.mark.parametrize("case", PUT_ASIDE)
def test_unreadable_message_is_put_aside(staffed_house: House, worker: Program, case: str) -> None:
    with Redis.from_url(staffed_house.redis_url) as client:
        client.delete(UNREADABLE)
        client.lpush(QUEUE, raw(PUT_ASIDE[case]))
        until(lambda: client.llen(UNREADABLE) == 1, "it is put aside")
        assert client.ttl(UNREADABLE) > 0
    staffed_house.queue_is_done()
    assert worker.process.poll() is None


def test_worker_goes_on_after_unusable_messages(staffed_house: House, worker: Program) -> None:
    with Redis.from_url(staffed_house.redis_url) as client:
        client.lpush(QUEUE, TOO_DEEP, *map(raw, (PUT_ASIDE | DROPPED).values()))
    staffed_house.completes(staffed_house.upload("words 0"), WORDS)
    staffed_house.queue_is_done()
    assert worker.process.poll() is None


def test_only_own_messages_of_the_old_queue_are_taken_over(house: House) -> None:
    session_id = house.upload("words 0")
    another = raw(message({"headers": {"lang": "py", "task": "another.app", "id": "1"}}, queue=OLD_QUEUE))
    with Redis.from_url(house.redis_url) as client:
        client.lpush(OLD_QUEUE, another)
        client.lmove(QUEUE, OLD_QUEUE)
        with house.worker(WORDS_WORKER):
            house.completes(session_id, WORDS)
        assert client.lrange(OLD_QUEUE, 0, -1) == [another]


def test_messages_of_a_running_earlier_release_are_taken_over(house: House) -> None:
    with (
        house.worker(WORDS_WORKER, CONSUMER="tests.support.consumers:QuickWatchdog") as worker,
        Redis.from_url(house.redis_url) as client,
    ):
        worker.wait_for("ready.")
        client.lpush(OLD_QUEUE, old_message(session_id := house.create("words 0")))
        until(lambda: house.status(session_id).is_final, "it is done without a sweep")
        assert house.words(session_id) == WORDS
