"""What children count reaches their parent exactly, whatever the order, the size and the room in its buffer."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.metrics.catalog import (
    ATTEMPTS,
    CHILDREN,
    DISK_USED,
    PUBLISHED,
    PUBLISHER_WAITING,
    STAGE_TIME,
    STAGES,
    TRANSPORTS,
)
from playhead.metrics.channel import Channel, ChildMetrics, ParentMetrics
from playhead.metrics.metrics import Metrics, Reading


class Family:
    """A parent with two children, all of them in this process."""

    def __init__(self) -> None:
        self.channel, self.counted = Channel(), Metrics()
        self.parent = ParentMetrics(self.channel, self.counted)
        self.metrics = [Metrics(), Metrics()]
        self.children = [ChildMetrics(self.channel, metrics) for metrics in self.metrics]

    def received(self) -> Reading:
        """What the parent has, without gauges."""
        self.parent.receive()
        found = self.counted.read()
        return {name: found[name] for name in found.keys() - {CHILDREN.name, PUBLISHER_WAITING.name}}

    def close(self) -> None:
        self.channel.close()


@pytest.fixture
def family() -> Iterator[Family]:
    family = Family()
    yield family
    family.close()


def sum_of(readings: list[Reading]) -> Reading:
    sums = Metrics()
    for reading in readings:
        for metric in (ATTEMPTS, STAGE_TIME, PUBLISHED):
            for key, value in reading.get(metric.name, {}).items():
                labels = key.split(",") if metric.labels else []
                if isinstance(value, list):
                    sums.merge(metric, value[:-1], value[-1], *labels)
                else:
                    sums.add(metric, *labels, amount=value)
    return sums.read()


STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["attempt", "stage", "published", "send", "receive"]),
        st.sampled_from([*STAGES, "completed", "failed", "?"]),
        st.integers(0, 100),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(STEPS)
def test_parent_has_the_sum_of_its_children(steps: list[tuple[int, str, str, int]]) -> None:
    family = Family()
    for who, what, label, number in steps:
        match what:
            case "attempt":
                family.metrics[who].add(ATTEMPTS, label)
            case "stage":
                family.metrics[who].observe(STAGE_TIME, number, label)
            case "published":
                family.metrics[who].add(PUBLISHED, amount=number)
            case "send":
                family.children[who].send()
            case _:
                family.received()
    for child in family.children:
        child.send()
    assert family.received() == sum_of([metrics.read() for metrics in family.metrics])
    family.close()


def test_nothing_is_lost_while_the_parent_does_not_read(family: Family) -> None:
    metrics, child = family.metrics[0], family.children[0]
    for number in range(2000):
        metrics.add(PUBLISHED)
        metrics.observe(STAGE_TIME, number, STAGES[number % len(STAGES)])
        child.send()  # never waits, and soon finds no room
    first = family.received()
    assert first != metrics.read()
    child.send()
    assert family.received() == metrics.read()


def test_large_reading_is_sent_in_parts(family: Family) -> None:
    metrics = family.metrics[0]
    for mode in TRANSPORTS.labels["mode"]:
        for reason in TRANSPORTS.labels["reason"]:
            metrics.add(TRANSPORTS, mode, reason)
    for stage in STAGES:
        metrics.observe(STAGE_TIME, 1.5, stage)
    sizes = []
    while family.received() != metrics.read():
        family.children[0].send()
        sizes.append(len(family.channel.receiving.recv(65536, 2)))  # MSG_PEEK
        assert len(sizes) < 5
    assert max(sizes) <= 2048


def test_gauges_are_those_of_children_that_live(family: Family) -> None:
    family.metrics[0].gauge(PUBLISHER_WAITING, lambda: 3)
    family.children[0].send()
    pid = os.fork()
    if pid == 0:
        family.metrics[1].gauge(PUBLISHER_WAITING, lambda: 4)
        family.children[1].send()
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # it has ended, and its id is not free yet
    family.parent.receive()
    assert family.counted.read()[PUBLISHER_WAITING.name] == {"": 7.0}
    assert family.counted.read()[CHILDREN.name] == {"": 2.0}
    os.waitpid(pid, 0)
    assert family.counted.read()[PUBLISHER_WAITING.name] == {"": 3.0}
    assert family.counted.read()[CHILDREN.name] == {"": 1.0}


def test_worst_of_the_children_counts_where_the_catalog_has_it(family: Family) -> None:
    family.metrics[0].gauge(DISK_USED, lambda: 0.5)
    family.children[0].send()
    pid = os.fork()
    if pid == 0:
        family.metrics[1].gauge(DISK_USED, lambda: 0.6)
        family.children[1].send()
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    family.parent.receive()
    assert family.counted.read()[DISK_USED.name] == {"": 0.6}
    os.waitpid(pid, 0)
    assert family.counted.read()[DISK_USED.name] == {"": 0.5}


def test_child_goes_on_without_a_parent(family: Family) -> None:
    family.channel.receiving.close()
    family.metrics[0].add(PUBLISHED)
    family.children[0].send()
    family.children[0].send(wait_s=0.01)
