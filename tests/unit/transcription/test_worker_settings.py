"""Celery's settings: no task is lost with its worker, and no task can break its worker."""

from pathlib import Path

import pytest

from playhead import worker
from playhead.config import load
from playhead.transcription import broker, tasks
from playhead.transcription.enqueue import NAME
from playhead.worker import create_celery


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder: Path = tmp_path_factory.mktemp("data")
    celery = create_celery(load({"DATA_DIR": str(folder), "WORKER_CONCURRENCY": "3"}))
    task = celery.tasks[NAME]
    return dict(celery.conf) | {"time_limit": task.time_limit, "soft_time_limit": task.soft_time_limit}


def test_task_is_acknowledged_late_and_redelivered_when_lost(conf: dict[str, object]) -> None:
    assert conf["task_acks_late"] is True
    assert conf["task_reject_on_worker_lost"] is True
    assert conf["worker_lost_wait"] == worker.LOST_WAIT_S


def test_tasks_are_json_and_never_pickle(conf: dict[str, object]) -> None:
    assert conf["accept_content"] == ("json",)
    assert conf["task_serializer"] == conf["result_serializer"] == "json"


def test_worker_prefetches_no_more_than_it_runs(conf: dict[str, object]) -> None:
    assert conf["worker_prefetch_multiplier"] == 1
    assert conf["worker_concurrency"] == 3


def test_time_and_memory_are_limited(conf: dict[str, object]) -> None:
    assert (conf["soft_time_limit"], conf["time_limit"]) == (tasks.SOFT_LIMIT_S, tasks.HARD_LIMIT_S)
    assert conf["worker_max_memory_per_child"] == worker.CHILD_MEMORY_KB


def test_visibility_timeout_is_longer_than_a_task(conf: dict[str, object]) -> None:
    assert conf["broker_transport_options"] == {"visibility_timeout": tasks.VISIBILITY_S, **broker.OPTIONS}
    assert conf["visibility_timeout"] == tasks.VISIBILITY_S


def test_broker_loss_keeps_tasks_and_shutdown_releases_them(conf: dict[str, object]) -> None:
    assert conf["worker_cancel_long_running_tasks_on_connection_loss"] is False
    assert conf["worker_soft_shutdown_timeout"] == worker.SOFT_SHUTDOWN_S
