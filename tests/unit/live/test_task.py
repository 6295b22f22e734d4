"""A block publishes its job: how it begins, what updates change, how versions grow, and that nothing waits."""

import time
from uuid import UUID

import pytest

from playhead.live import State, live_job, queue
from playhead.live.job import EPOCH_MAX, VERSIONS_PER_EPOCH
from tests.unit.live.jobs import Clock, Jobs


def test_block_begins_with_a_started_job(jobs: Jobs) -> None:
    with live_job(jobs.url, "one", owner="ada", attempt=2):
        job = jobs.newest()
    assert (job.owner, job.attempt, job.state, job.stage) == ("ada", 2, State.PROCESSING, "started")
    assert (job.progress, job.message, job.data, job.error) == (None, "", None, None)


def test_update_publishes_all_that_it_is_given(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.update("importing", progress=0.4, message="4,000 of 10,000 rows", eta_s=60, rejected=3)
        newest = jobs.newest()
    assert (newest.state, newest.stage, newest.progress) == (State.PROCESSING, "importing", 0.4)
    assert (newest.message, newest.eta_s, newest.data) == ("4,000 of 10,000 rows", 60, {"rejected": 3})


def test_data_is_merged_and_what_is_not_given_stays(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.update("importing", progress=0.4, message="4,000 rows", rejected=3, file="a.csv")
        job.update(rejected=4)
        newest = jobs.newest()
    assert (newest.stage, newest.progress, newest.message) == ("importing", 0.4, "4,000 rows")
    assert newest.data == {"rejected": 4, "file": "a.csv"}


def test_new_stage_begins_without_progress_and_message(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        job.update("importing", progress=1, message="all rows", rejected=3)
        job.update("indexing")
        newest = jobs.newest()
    assert (newest.stage, newest.progress, newest.message, newest.data) == ("indexing", None, "", {"rejected": 3})


def test_data_that_changes_later_is_published_as_it_was(jobs: Jobs) -> None:
    files = ["a"]
    with live_job(jobs.url, "one") as job:
        job.update("importing", files=files)
        files.append("b")
        job.update(progress=0.5)
        assert jobs.newest().data == {"files": ["a"]}


@pytest.mark.parametrize("given", [7, UUID("0193b0de-0000-7000-8000-000000000001")], ids=["number", "uuid"])
def test_ids_are_published_as_strings(jobs: Jobs, given: int | UUID) -> None:
    with live_job(jobs.url, given, owner=given):
        assert jobs.newest(str(given)).owner == str(given)


@pytest.mark.parametrize(
    "wrong",
    [
        {"job_id": ""},
        {"job_id": "of:ada"},
        {"job_id": "a b"},
        {"job_id": "x" * 201},
        {"epoch": -1},
        {"epoch": EPOCH_MAX + 1},
        {"attempt": -1},
        {"attempt": 0.5},
        {"epoch": 1e9},
        {"owner": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_wrong_argument_is_an_error_always(jobs: Jobs, wrong: dict[str, object], strict: bool) -> None:
    options = {"job_id": "one", "strict": strict} | wrong
    with pytest.raises(ValueError, match=r"id of a job|epoch|attempt|owner"):
        live_job(jobs.url, **options)  # type: ignore[arg-type]


def test_versions_of_a_block_grow_by_one(jobs: Jobs) -> None:
    with live_job(jobs.url, "one", epoch=7) as job:
        versions = [jobs.newest().version]
        for _ in range(3):
            job.update(progress=0.5)
            versions.append(jobs.newest().version)
    versions.append(jobs.ended().version)
    assert versions == [7_000_001, 7_000_002, 7_000_003, 7_000_004, 7_000_005]


def test_each_block_has_a_higher_epoch_from_the_broker(jobs: Jobs) -> None:
    epochs = []
    for _ in range(3):
        with live_job(jobs.url, "one"):
            epochs.append(jobs.newest().version // VERSIONS_PER_EPOCH)
    assert epochs == sorted(set(epochs))
    assert abs(epochs[0] - time.time()) < 60


def test_epoch_of_one_s_own_fences_what_is_late(jobs: Jobs) -> None:
    with live_job(jobs.url, "one", epoch=1) as late:
        with live_job(jobs.url, "one", epoch=2, attempt=1):
            late.update("importing")
            assert jobs.newest().attempt == 1
        late.update("importing", progress=0.9)
    assert (jobs.newest().attempt, jobs.newest().state) == (1, State.COMPLETED)


def test_block_is_used_once(jobs: Jobs) -> None:
    block = live_job(jobs.url, "one")
    with block:
        pass
    with pytest.raises(RuntimeError, match="make another"), block:
        pass


def test_queued_job_is_there_before_its_task_and_older_than_it(jobs: Jobs) -> None:
    queue(jobs.url, "one", owner="ada", message="Waiting for a worker", position=3, file="a.csv")
    job = jobs.ended()
    assert (job.owner, job.state, job.stage, job.queue_position) == ("ada", State.QUEUED, "queued", 3)
    assert (job.message, job.data) == ("Waiting for a worker", {"file": "a.csv"})
    with live_job(jobs.url, "one", owner="ada"):
        assert jobs.newest().version > job.version
        assert (jobs.newest().state, jobs.newest().queue_position) == (State.PROCESSING, None)


def test_queued_job_may_have_the_epoch_of_its_task(jobs: Jobs) -> None:
    queue(jobs.url, "one", epoch=0)
    with live_job(jobs.url, "one", epoch=0):
        assert jobs.newest().state is State.QUEUED, "the first of two with one version stays"
    assert jobs.ended().state is State.COMPLETED


def test_namespaces_are_separate(jobs: Jobs) -> None:
    with live_job(jobs.url, "one", namespace="other"):
        pass
    assert jobs.broker.held("one") is None


def test_tracked_items_are_counted(jobs: Jobs) -> None:
    clock = Clock()
    with live_job(jobs.url, "one", clock=clock) as job:
        seen = []
        for row in job.track(range(10_000), stage="importing"):
            seen.append(row)
            if row == 3_999:
                clock.now += 10
            if row == 4_000:
                newest = jobs.newest()
        assert seen == list(range(10_000))
        assert (newest.message, newest.progress) == ("importing: 4,000 of 10,000", 0.4)
        assert newest.eta_s == 15
        newest = jobs.newest()
        assert (newest.message, newest.progress) == ("importing: 10,000 of 10,000", 1)


def test_tracking_publishes_seldom_however_many_items_there_are(jobs: Jobs) -> None:
    clock = Clock()
    with live_job(jobs.url, "one", clock=clock, epoch=1) as job:
        for _ in job.track(range(1000), stage="importing"):
            clock.now += 1 / 64
        # The block's first, one each 7/64 s, because 0.1 s are over then, and the last.
        assert jobs.newest().version == 1_000_000 + 1 + 143 + 1


@pytest.mark.parametrize(
    ("items", "total", "progress", "message"),
    [
        (iter("ab"), None, None, "started: 2"),
        (iter("ab"), 4, 0.5, "started: 2 of 4"),
        ("ab", 1, 1, "started: 2"),
        ("", None, None, "started: 0 of 0"),
    ],
    ids=["no total", "total of an iterator", "more than the total", "nothing"],
)
def test_tracking_shows_what_can_be_known(
    jobs: Jobs, items: str, total: int | None, progress: float | None, message: str
) -> None:
    with live_job(jobs.url, "one") as job:
        assert "".join(job.track(items, total=total)) == "ab"[: int(message.split()[1])]
        assert (jobs.newest().progress, jobs.newest().message) == (progress, message)


def test_loop_that_is_left_early_leaves_the_last_count(jobs: Jobs) -> None:
    with live_job(jobs.url, "one") as job:
        for row in job.track(range(10), stage="importing"):
            if row == 5:
                break
        assert jobs.newest().message == "importing: 0 of 10"
