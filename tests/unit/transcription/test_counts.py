"""Each attempt is counted once, by how it ends, with the time of its stages and the audio it transcribed."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from playhead.db import DatabaseGone
from playhead.metrics.catalog import FAILURES
from playhead.metrics.metrics import Reading
from playhead.sessions import attempts, repository
from playhead.storage import StorageGone
from playhead.transcription.engines import Checkpoint, Event, Segment
from playhead.transcription.engines.port import ModelError, UnknownLanguage
from playhead.transcription.faults import AudioError, AudioFault
from tests.support.fakes import Meanwhile
from tests.unit.transcription.workbench import AUDIO_S, Bench

HALF: list[Event] = [Segment(0, 19, "one"), Checkpoint(20.0)]
WHOLE: list[Event] = [*HALF, Segment(20, 39, "two"), Checkpoint(40.0)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def number(reading: Reading, name: str, key: str = "") -> float:
    """The value of a counter, or how many values a histogram has."""
    value = reading.get(name, {}).get(key, 0.0)
    return sum(value[:-1]) if isinstance(value, list) else value


def test_completed_attempt_is_counted_with_its_times(bench: Bench) -> None:
    bench.work(bench.queue(), WHOLE)
    found = bench.metrics.read()
    assert found["attempts"] == {"completed": 1.0}
    assert found["stage_seconds"].keys() == {"decoding", "loading_model", "transcribing", "finalizing"}
    assert all(number(found, "stage_seconds", stage) == 1 for stage in found["stage_seconds"])
    assert number(found, "queue_wait_seconds") == 1
    assert number(found, "transcribed_audio_seconds") == AUDIO_S
    assert number(found, "realtime_factor_ratio") == 1
    factor = found["realtime_factor_ratio"][""]
    assert isinstance(factor, list)
    assert factor[-1] == pytest.approx(number(found, "transcription_seconds") / AUDIO_S)
    assert "session_failures" not in found


def test_resumed_session_waited_once_and_each_attempt_counts_its_own_audio(bench: Bench) -> None:
    session = bench.queue()
    with pytest.raises(SystemExit):
        bench.work(session, [*HALF, SystemExit()])
    bench.work(session, WHOLE)
    found = bench.metrics.read()
    assert found["attempts"] == {"released": 1.0, "completed": 1.0}
    assert number(found, "queue_wait_seconds") == 1
    assert number(found, "transcribed_audio_seconds") == AUDIO_S
    assert number(found, "realtime_factor_ratio") == 1


@pytest.mark.parametrize(
    ("raised", "by"),
    [
        *[(AudioError(fault, ""), "recording") for fault in AudioFault],
        (UnknownLanguage("xx"), "recording"),
        (ModelError("gone"), "us"),
        (FileNotFoundError("gone"), "us"),
        (MemoryError(), "us"),
        (RuntimeError("a surprise"), "us"),
    ],
)
def test_failure_is_counted_by_who_can_mend_it(bench: Bench, raised: Exception, by: str) -> None:
    bench.work(bench.queue(), [*HALF, raised])
    found = bench.metrics.read()
    assert (found["attempts"], found["session_failures"]) == ({"failed": 1.0}, {by: 1.0})
    assert by in FAILURES.labels["by"]
    assert "realtime_factor_ratio" not in found


def test_session_that_is_given_up_is_counted(bench: Bench) -> None:
    session = bench.queue()
    for _ in range(attempts.MAX_TRIES):
        bench.take_over(session)
    bench.lose(session)
    bench.work(session, WHOLE)
    found = bench.metrics.read()
    assert (found["attempts"], found["session_failures"]) == ({"gave_up": 1.0}, {"recording": 1.0})


@pytest.mark.parametrize(
    ("raised", "outcome"), [(StorageGone("throttled"), "postponed"), (DatabaseGone("away"), "lost")]
)
def test_attempt_that_another_one_follows_is_counted(bench: Bench, raised: Exception, outcome: str) -> None:
    with pytest.raises(type(raised)):
        bench.work(bench.queue(), [*HALF, raised])
    assert bench.metrics.read()["attempts"] == {outcome: 1.0}


@pytest.mark.parametrize(
    ("interfere", "outcome"),
    [
        (lambda bench, session: bench.database.run(repository.cancel, session, "ada"), "canceled"),
        (lambda bench, session: bench.take_over(session), "lost"),
        (lambda bench, session: bench.database.run(repository.remove, session, "ada"), "lost"),
    ],
    ids=["canceled", "taken over", "deleted"],
)
def test_attempt_that_somebody_ended_is_counted(
    bench: Bench, interfere: Callable[[Bench, str], object], outcome: str
) -> None:
    session = bench.queue()
    bench.work(session, [*HALF, Meanwhile(partial(interfere, bench, session)), *WHOLE[2:]])
    assert bench.metrics.read()["attempts"] == {outcome: 1.0}
