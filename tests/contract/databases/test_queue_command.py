"""`playhead queue` on both databases: what runs, what waits and what stands still, with whose it is."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from playhead.cli import main
from playhead.db import SyncDatabase
from playhead.sessions import attempts
from playhead.sessions.advance import advance
from playhead.sessions.status import Stage
from tests.contract.databases.sessions import LetPass, Queue


@pytest.fixture(autouse=True)
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


def lines() -> list[str]:
    answer = CliRunner().invoke(main, ["queue"])
    assert answer.exit_code == 0, answer.output
    return answer.output.splitlines()


def test_empty_queue_is_one_line(database: SyncDatabase) -> None:
    assert lines() == ["0 running; 0 waiting"]


def test_sessions_are_listed_with_stage_age_lease_and_person(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    taken = queue("ada").id
    let_pass(timedelta(minutes=3))
    waiting = queue("bob").id
    let_pass(timedelta(minutes=2))
    status = advance(database.run(attempts.claim, taken, "whisper").status, stage=Stage.TRANSCRIBING, progress=0.25)
    database.run(attempts.save, status, lease=timedelta(minutes=30))
    let_pass(timedelta(minutes=10))
    first, running, waits = lines()
    assert first == "1 running, 1 of them stalled; 1 waiting, the first for 12 min"
    assert re.fullmatch(
        rf"running  {taken} · transcribing · 25% · attempt 1 · last status 10 min ago, STALLED,"
        r" lease for (19|20) min more · queued 15 min ago · ada@example\.org",
        running,
    )
    assert waits == f"waiting  {waiting} · queued · queued 12 min ago · bob@example.org"


def test_session_whose_worker_is_gone_is_listed_as_waiting(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    lost = queue("ada").id
    database.run(attempts.claim, lost, "whisper")
    let_pass(timedelta(minutes=1))
    assert lines()[1].startswith(f"waiting  {lost} · decoding · attempt 1 · queued 1 min ago")
