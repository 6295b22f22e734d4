"""A web process leads a rollout, with its flags in a file or in the database, and nothing else beside it."""

from quart import Quart
from sqlalchemy import delete, update

from playhead.db import SyncDatabase
from playhead.flags.answers.rollout import FLAG, Rollout
from playhead.rollout import record
from playhead.rollout.models import DecisionRow, LookRow, RolloutRow
from playhead.rollout.ports import Position
from playhead.web import Parts
from tests.support.waiting import async_until

ADA, WHY = "ada@example.org", "a test"


async def test_web_process_moves_the_slider_and_looks(app: Quart, database: SyncDatabase) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in (LookRow, DecisionRow, RolloutRow)])
    parts: Parts = app.extensions["playhead"]
    jobs = {job.name: job for job in parts.rollout.jobs()}
    await parts.rollout.orders.start(ADA, WHY, is_dry_run=False)
    started = database.run(record.current, FLAG)
    assert started is not None
    moved = Position(5, f"{FLAG}.r{started.id}")
    assert await parts.rollout.slider.read() == moved == started.position
    await async_until(lambda: parts.gate.rollout == Rollout(moved.group, moved.share))
    database.run(lambda db: db.execute(update(RolloutRow).values(looked_at=None)))
    await jobs["rollout"].work()
    looked = database.run(record.current, FLAG)
    assert looked is not None
    assert looked.looked_at is not None
    assert record.look_of(looked.look) is not None
    await parts.rollout.orders.stop(ADA, WHY)
    await jobs["rollout"].work()
    await jobs["old rollouts"].work()
    assert [one.decision for one in database.run(record.decisions)] == ["stop", "start"]
