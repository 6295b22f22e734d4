"""Live jobs over a real server: one connection, versions that grow, and what happens while it is away."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import redis

from playhead.live import Job, State, live_job, queue
from playhead.live.broker.keys import KEYS, SOCKET_TIMEOUT_S
from playhead.live.job import VERSIONS_PER_EPOCH
from playhead.live.job_publisher import FLUSH_S
from playhead.live.shared_publisher import KEPT_S, close_publishers
from tests.support.valkey import Valkey
from tests.support.waiting import until

SLACK_S = 2.0
"""For a loaded machine."""
TASKS = 50


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close_publishers()


def newest(server: Valkey, job_id: str) -> Job[Any] | None:
    with redis.Redis.from_url(server.url) as client:
        document: Any = client.get(KEYS.channel(job_id))
    return msgspec.json.decode(document, type=Job[Any]) if document else None


def held(server: Valkey, job_id: str) -> Job[Any]:
    job = newest(server, job_id)
    assert job is not None
    return job


def epoch_of(server: Valkey, job_id: str) -> int:
    return held(server, job_id).version // VERSIONS_PER_EPOCH


def run(program: str, server: Valkey) -> subprocess.CompletedProcess[str]:
    """Runs a program that publishes as `job`, with the server's URL."""
    begin = "import os, sys\nfrom playhead.live import live_job\nURL = sys.argv[1]\n"
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", begin + program, server.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_end_of_the_block_is_there_at_once_and_is_kept(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    with live_job(shared_server.url, one, owner="ada") as job:
        job.update("importing", progress=0.4, rejected=3)
    ended = held(shared_server, one)
    assert (ended.state, ended.owner, ended.data) == (State.COMPLETED, "ada", {"rejected": 3})
    assert KEPT_S - 60 < client.ttl(KEYS.channel(one)) <= KEPT_S
    assert KEPT_S - 60 < client.ttl(KEYS.epoch(one)) <= KEPT_S
    assert client.zscore(KEYS.index("ada"), one) is not None, "it is in the list of its owner"


def test_queued_job_is_there_at_once(shared_server: Valkey, one: str) -> None:
    queue(shared_server.url, one, owner="ada")
    assert held(shared_server, one).state is State.QUEUED


def test_many_tasks_at_once_have_one_thread_and_one_connection(own_server: Valkey) -> None:
    with redis.Redis.from_url(own_server.url) as client:
        client.ping()
        earlier = {*threading.enumerate()}  # a publisher of another test may still end
        before = len(client.client_list())
        begun, go_on = threading.Barrier(TASKS + 1), threading.Event()

        def work(number: int) -> None:
            with live_job(own_server.url, f"job-{number}") as job:
                job.update("importing", progress=0.5)
                begun.wait()
                go_on.wait()

        tasks = [threading.Thread(target=work, args=(number,)) for number in range(TASKS)]
        for task in tasks:
            task.start()
        begun.wait()
        assert len(client.client_list()) == before + 1, "while they work"
        go_on.set()
        for task in tasks:
            task.join()
        assert len(client.client_list()) == before + 1, "and after them"
        begun_here = [thread.name for thread in threading.enumerate() if thread not in earlier]
        assert begun_here.count("status-publisher") == 1
    assert {held(own_server, f"job-{number}").state for number in range(TASKS)} == {State.COMPLETED}


def test_epochs_grow_and_are_near_the_time(shared_server: Valkey, one: str) -> None:
    epochs = []
    for _ in range(3):
        with live_job(shared_server.url, one):
            pass
        epochs.append(epoch_of(shared_server, one))
    assert epochs == sorted(set(epochs))
    assert abs(epochs[0] - time.time()) < 60


def test_epoch_is_above_that_of_a_task_without_redis(shared_server: Valkey, client: redis.Redis, one: str) -> None:
    """Which took it from the clock of its machine, and that clock is an hour ahead."""
    ahead = int(time.time()) + 3600
    with live_job(shared_server.url, one, epoch=ahead):
        pass
    assert not client.exists(KEYS.epoch(one))
    with live_job(shared_server.url, one):
        pass
    assert epoch_of(shared_server, one) == ahead + 1


def test_epoch_of_one_s_own_is_the_fence(shared_server: Valkey, one: str) -> None:
    """However late an older attempt publishes, and however much."""
    with live_job(shared_server.url, one, epoch=1) as late:
        with live_job(shared_server.url, one, epoch=2, attempt=1):
            pass
        for _ in range(100):
            late.update("importing", progress=0.5)
    assert held(shared_server, one).version == 2_000_002


@pytest.mark.parametrize("is_hung", [True, False], ids=["hung", "gone"])
def test_task_goes_on_without_redis(own_server: Valkey, is_hung: bool) -> None:
    def work() -> None:
        began_at = time.monotonic()
        with live_job(own_server.url, "one") as job:
            assert time.monotonic() - began_at < SOCKET_TIMEOUT_S + SLACK_S
            for _ in range(1000):
                job.update("importing", progress=0.5)
            ended_at = time.monotonic()
        assert time.monotonic() - ended_at < FLUSH_S + SLACK_S

    if is_hung:
        with own_server.hung():
            work()
    else:
        own_server.kill()
        work()
        own_server.start()
    until(lambda: (job := newest(own_server, "one")) is not None and job.is_final, "the end is published later")
    assert abs(epoch_of(own_server, "one") - time.time()) < 60


def test_redis_that_lost_its_data_has_a_quiet_job_again(own_server: Valkey) -> None:
    with live_job(own_server.url, "one", owner="ada") as job:
        job.update("waiting for another service", rows=3)
        until(lambda: (found := newest(own_server, "one")) is not None and found.data == {"rows": 3}, "it is there")
        with redis.Redis.from_url(own_server.url) as client:
            client.flushall()
        until(lambda: (found := newest(own_server, "one")) is not None and found.data == {"rows": 3}, "it is back")


def test_queueing_goes_on_without_redis(own_server: Valkey) -> None:
    own_server.kill()
    began_at = time.monotonic()
    queue(own_server.url, "one")
    assert time.monotonic() - began_at < SOCKET_TIMEOUT_S + SLACK_S
    own_server.start()
    until(lambda: newest(own_server, "one") is not None, "it is published later")


def test_redis_that_was_emptied_gives_higher_epochs(own_server: Valkey) -> None:
    with live_job(own_server.url, "one"):
        pass
    before = epoch_of(own_server, "one")
    until(lambda: time.time() >= before + 1, "the next second")
    with redis.Redis.from_url(own_server.url) as client:
        client.flushall()
    with live_job(own_server.url, "one"):
        pass
    assert epoch_of(own_server, "one") > before


def test_forked_child_publishes_by_itself_and_so_does_its_parent(shared_server: Valkey, one: str) -> None:
    program = f"""
with live_job(URL, "{one}-parent") as job:
    job.update("before")
    child = os.fork()
    if not child:
        with live_job(URL, "{one}-child") as other:
            other.update("importing", progress=0.5)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    job.update("after")
"""
    done = run(program, shared_server)
    assert done.returncode == 0, done.stderr
    assert held(shared_server, f"{one}-child").state is State.COMPLETED
    assert held(shared_server, f"{one}-parent").state is State.COMPLETED
    assert done.stderr == ""


def test_child_that_a_block_forks_publishes_its_updates(shared_server: Valkey, one: str) -> None:
    program = f"""
with live_job(URL, "{one}") as job:
    job.update("before")
    child = os.fork()
    if not child:
        job.update("in the child", progress=0.5)
        sys.exit()
    os.waitpid(child, 0)
    os._exit(0)
"""
    done = run(program, shared_server)
    assert (done.returncode, done.stderr) == (0, "")
    assert held(shared_server, one).stage == "in the child"


def test_process_that_ends_without_closing_loses_nothing(shared_server: Valkey, one: str) -> None:
    program = f"""
job = live_job(URL, "{one}").__enter__()
job.update("importing", progress=0.5)
job.update("importing", progress=0.6)
"""
    done = run(program, shared_server)
    assert (done.returncode, done.stderr) == (0, "")
    assert (held(shared_server, one).stage, held(shared_server, one).progress) == ("importing", 0.6)


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)"], ids=["_exit", "killed"])
def test_what_was_published_in_the_block_is_sent_before_the_process_goes(
    shared_server: Valkey, one: str, end: str
) -> None:
    """As in a child of Celery's prefork pool, which runs nothing of `atexit`."""
    run(f'with live_job(URL, "{one}"):\n    pass\n{end}\n', shared_server)
    assert held(shared_server, one).state is State.COMPLETED
