"""The watchdog of an attempt: it renews the lease, notices cancellations, and ends a hanging process."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from playhead.sessions import attempts, repository
from playhead.sessions.models import SessionRow
from playhead.transcription.report import Stopped
from playhead.transcription.watchdog import Timings, Watchdog
from tests.support.waiting import until
from tests.unit.transcription.workbench import Bench

QUICK = Timings(look_s=0.01)
SHORT = Timings(look_s=0.01, lease=timedelta(seconds=0.04))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def session(bench: Bench) -> str:
    session_id = bench.queue()
    bench.take_over(session_id)
    return session_id


def lease_of(bench: Bench, session: str) -> datetime:
    lease = bench.database.run(lambda db: db.get_one(SessionRow, session).lease_until)
    assert lease is not None
    return lease


def raises(watched: Watchdog, error: type[Exception]) -> bool:
    try:
        watched.note()
    except error:
        return True
    return False


def test_lease_is_renewed_while_the_block_runs(bench: Bench, session: str) -> None:
    with Watchdog(bench.database, session, 1, SHORT):
        for _ in range(3):
            before = lease_of(bench, session)
            # Not "later than": the first renewal is shorter than the lease of the claim.
            until(lambda before=before: lease_of(bench, session) != before, "it is renewed")  # type: ignore[misc]


def test_watchdog_goes_on_after_a_database_failure(bench: Bench, session: str) -> None:
    with Watchdog(bench.database, session, 1, QUICK) as watched:
        bench.database.away |= {attempts.renew, attempts.asked_to_stop}
        until(lambda: bench.database.refused > 1, "it is away")
        bench.database.away.clear()
        bench.database.run(repository.cancel, session, "ada")
        until(lambda: raises(watched, Stopped), "it is raised")


def test_cancellation_is_noticed_between_two_checkpoints(bench: Bench, session: str) -> None:
    with Watchdog(bench.database, session, 1, QUICK) as watched:
        watched.note()
        bench.database.run(repository.cancel, session, "ada")
        until(lambda: raises(watched, Stopped), "it is raised")


def test_canceled_session_keeps_its_lease_until_it_stops(bench: Bench, session: str) -> None:
    bench.database.run(repository.cancel, session, "ada")
    with Watchdog(bench.database, session, 1, SHORT) as watched:
        until(lambda: raises(watched, Stopped), "it is raised")
        before = lease_of(bench, session)
        until(lambda: lease_of(bench, session) != before, "it is renewed all the same")


@pytest.mark.parametrize("how", ["lost", "deleted"])
def test_lost_session_raises_fenced_at_the_next_note(bench: Bench, session: str, how: str) -> None:
    with Watchdog(bench.database, session, 1, QUICK) as watched:
        if how == "lost":
            bench.take_over(session)
        else:
            bench.database.run(repository.remove, session, "ada")
        until(lambda: raises(watched, attempts.Fenced), "it is raised")


HANGS = """
import ctypes, sys, time
from playhead.transcription.watchdog import Timings, Watchdog

class Nothing:
    def run(self, *_): return False

with Watchdog(Nothing(), "s", 1, Timings(stall_s=0.2)) as watched:
    for _ in range(3):
        watched.note(patience=50)
    watched.note()
    {hang}
{after}
"""


def run(**lines: str) -> subprocess.CompletedProcess[str]:
    script = HANGS.format(**{"hang": "", "after": ""} | lines)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("hang", ["time.sleep(60)", "ctypes.PyDLL(None).sleep(60)", "while True: pass"])
def test_hanging_process_is_ended_in_native_code_too(hang: str) -> None:
    ended = run(hang=hang)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
    assert "most recent call first" in ended.stderr


def test_process_is_not_ended_after_its_attempt() -> None:
    ended = run(after="time.sleep(0.5); print('still there')")
    assert (ended.returncode, ended.stdout) == (0, "still there\n")
