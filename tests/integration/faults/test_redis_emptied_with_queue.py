"""Fault: Redis is emptied with messages in its queue. The waiting sessions are sent again."""

from redis import Redis
from sqlalchemy.orm import Session as DbSession

from playhead.sessions import attempts
from playhead.sessions.models import SessionRow
from playhead.sessions.status import State
from tests.support.house import WORDS_WORKER, House
from tests.support.quick_worker import WORDS


def test_waiting_session_is_sent_again_after_redis_was_emptied(house: House) -> None:
    session_id = house.upload("words 0")
    with Redis.from_url(house.redis_url) as client:
        client.flushall()
    with house.worker(WORDS_WORKER) as worker:
        worker.wait_for("ready.")
        assert house.sweep() == []
        assert house.status(session_id).state is State.QUEUED
        house.database.run(_let_pass, session_id)
        done = house.completes(session_id, WORDS)
    assert done.attempt == 1


def _let_pass(db: DbSession, session_id: str) -> None:
    """Lets so much time pass since the message was sent that it counts as lost."""
    row = db.get_one(SessionRow, session_id)
    assert row.sent_at is not None
    row.sent_at -= attempts.TAKEN_WITHIN
