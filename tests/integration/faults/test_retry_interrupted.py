"""Fault: a session is transcribed again, and in the middle its worker is killed, or a person cancels.

The text of before is served until the new one is complete.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis
from redis.client import PubSub

from playhead.live.broker.keys import KEYS
from playhead.sessions import repository
from playhead.sessions.facts import Choice
from playhead.sessions.status import State, Status, decode
from tests.support.cursor import Cursor, cursor
from tests.support.house import House
from tests.support.programs import Program
from tests.support.quick_worker import FAULT_AT, WORDS
from tests.support.waiting import until

THAI = [f"th {word}" for word in WORDS]


@pytest.fixture
def again(staffed_house: House) -> str:
    """A completed session, whose next attempt stops in the middle, and the one after that does not."""
    session_id = staffed_house.upload("words 0")
    staffed_house.completes(session_id, WORDS)
    staffed_house.record_again(session_id, "babble 2")
    return session_id


@contextmanager
def published(house: House, session_id: str) -> Iterator[PubSub]:
    with Redis.from_url(house.redis_url) as client, client.pubsub(ignore_subscribe_messages=True) as messages:
        messages.subscribe(KEYS.channel(session_id))
        yield messages


def received(messages: PubSub, last: Status) -> list[Status]:
    """The statuses that were published, up to this one."""
    found: list[Status] = []

    def look() -> bool:
        message = messages.get_message()
        if message is not None:
            found.append(decode(message["data"]))
        return bool(found) and found[-1].version >= last.version

    until(look, "the last status comes")
    return found


def half_written(status: Status) -> bool:
    return status.next_revision == 1 and status.position_s == FAULT_AT


def check(reader: Cursor, statuses: list[Status], end: Status) -> None:
    """Each version is newer than the one before, and each status but the last is of the text of before."""
    assert reader.versions == sorted(reader.versions)
    versions = [status.version for status in statuses]
    assert versions == sorted(set(versions))
    assert {(status.revision, status.segments) for status in statuses if status != end} == {(0, len(WORDS))}


def test_killed_retry_serves_the_old_text_until_it_is_done(staffed_house: House, worker: Program, again: str) -> None:
    with published(staffed_house, again) as messages, cursor(staffed_house, again) as reader:
        staffed_house.retry(again, Choice(language="th"))
        before = staffed_house.until(again, half_written, "a part of the new text is there")
        assert staffed_house.words(again) == WORDS
        (child,) = worker.family() - {worker.pid}
        os.kill(child, signal.SIGKILL)
        done = staffed_house.completes(again, THAI)
        statuses = received(messages, done)
    assert (done.revision, done.attempt > before.attempt) == (1, True)
    assert reader.texts() == {0: WORDS, 1: THAI}
    check(reader, statuses, done)


def test_canceled_retry_keeps_the_old_text_until_it_goes_on(staffed_house: House, again: str) -> None:
    with published(staffed_house, again) as messages, cursor(staffed_house, again) as reader:
        staffed_house.retry(again, Choice(language="th"))
        staffed_house.until(again, half_written, "a part of the new text is there")
        staffed_house.database.run(repository.cancel, again, "ada")
        canceled = staffed_house.ends(again)
        staffed_house.completes(staffed_house.upload("words 0"), WORDS)  # the worker is past it
        assert (canceled.state, canceled.revision) == (State.CANCELED, 0)
        assert staffed_house.status(again) == canceled
        assert staffed_house.words(again) == WORDS
        until(lambda: reader.texts() == {0: WORDS}, "the reader has the text of before, and no other")
        staffed_house.retry(again)
        done = staffed_house.completes(again, THAI)
        statuses = received(messages, done)
    assert reader.texts() == {0: WORDS, 1: THAI}
    check(reader, statuses, done)
