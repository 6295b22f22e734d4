"""What so many viewers need and which limits they meet, from what one viewer costs."""

from dataclasses import replace

import pytest
from infra.load import sizing
from infra.load.deploys import deploy, evenly, to_the_emptiest
from infra.load.sizing import Costs, Limit, first_met, limits, needs

COSTS = Costs(
    open_web_us=1000.0,
    open_redis_us=50.0,
    open_database_us=200.0,
    open_transactions=0.5,
    minute_web_us=300.0,
    minute_redis_us=30.0,
    minute_database_us=120.0,
    minute_transactions=0.6,
    update_web_us=29.0,
    publish_redis_us=26.0,
    publish_redis_bytes=1450.0,
    listener_redis_us=3.0,
    listener_redis_bytes=580.0,
    commit_database_us=290.0,
    base_web_mb=80.0,
    stream_web_kb=12.0,
    socket_kernel_kb=4.0,
    stream_redis_bytes=500.0,
    update_wire_bytes=580.0,
    start_s=2.0,
)


def test_costs_are_read_from_the_metrics_of_their_names() -> None:
    row = dict.fromkeys(Costs.__slots__, 1.5) | {"update_p99_ms": 9.9}
    assert Costs.of(row) == Costs(**dict.fromkeys(Costs.__slots__, 1.5))


def test_second_of_a_viewer_is_keeping_updates_and_openings() -> None:
    plan = replace(sizing.PLAN, update_every_s=2.9, age_s=500.0)
    assert sizing.web_us(COSTS, plan) == pytest.approx(5 + 29 / 2.9 + 1000 / 500)
    assert sizing.redis_us(COSTS, plan) == pytest.approx(0.5 + 29 / 2.9 + 50 / 500)
    assert sizing.database_us(COSTS, plan) == pytest.approx(2 + 290 / 2.9 + 200 / 500)


def test_process_has_no_more_viewers_than_its_setting_and_its_core_allow() -> None:
    assert sizing.per_process(COSTS) == 10_000
    assert sizing.per_process(replace(COSTS, minute_web_us=95.0 * 60)) == pytest.approx(500_000 / 107, rel=0.01)


def test_a_million_viewers_need_a_hundred_processes_of_ten_thousand() -> None:
    found = needs(COSTS, 1_000_000)
    assert (found.processes, found.machines) == (100, 15)
    assert (found.memory_gb, found.kernel_gb) == (20.0, 4.0)
    assert found.publishes_per_s == pytest.approx(1e6 / 2.9)
    assert found.out_mbit_s == found.redis_out_mbit_s == pytest.approx(1600)
    assert found.redis_in_mbit_s == pytest.approx(4000)
    assert found.reads_per_s == pytest.approx(1e6 * (0.01 + 0.5 / 540))


def test_everything_but_machines_grows_with_the_viewers() -> None:
    few, many = needs(COSTS, 10_000), needs(COSTS, 1_000_000)
    for name in ("memory_gb", "redis_cores", "redis_gb", "reads_per_s", "database_cores"):
        assert getattr(many, name) == pytest.approx(100 * getattr(few, name))


def test_limits_come_in_the_order_in_which_a_site_meets_them() -> None:
    found = [limit.viewers for limit in limits(COSTS)]
    assert found == sorted(found)
    assert {512, 10_000, 131_072, 190_000} <= set(found)


@pytest.mark.parametrize(("open_web_us", "expected"), [(2000.0, [5000]), (900.0, [])])
def test_reopening_is_a_limit_only_of_a_process_that_is_not_full_before(
    open_web_us: float, expected: list[int]
) -> None:
    found = limits(replace(COSTS, open_web_us=open_web_us))
    assert [limit.viewers for limit in found if "after a deploy" in limit.what] == expected


def test_limit_of_redis_is_at_half_of_its_core() -> None:
    (limit,) = (limit for limit in limits(COSTS) if "Redis uses" in limit.what)
    assert limit.viewers * sizing.redis_us(COSTS) / 1e6 == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize(("viewers", "expected"), [(100, None), (1000, 512), (10_000, 6000)])
def test_first_limit_is_the_lowest_that_fewer_viewers_did_not_meet(viewers: int, expected: int | None) -> None:
    known = [Limit(number, "", "") for number in (5, 512, 900, 6000, 10_000)]
    met = first_met(known, viewers, viewers // 10)
    assert (met and met.viewers) == expected


@pytest.mark.parametrize(
    ("present", "coming", "got"),
    [([5, 0, 3], 4, [0, 4, 0]), ([0, 0], 5, [3, 2]), ([2, 2, 0], 8, [2, 2, 4]), ([7], 3, [3])],
)
def test_least_connections_fills_the_emptiest_first(present: list[int], coming: int, got: list[int]) -> None:
    assert to_the_emptiest(present, coming) == got


def test_deploy_of_all_at_once_takes_as_long_as_one_process_opens_its_streams() -> None:
    found = deploy(COSTS, 50_000, to_the_emptiest, at_once=5)
    assert (found.absent_s, found.whole_s, found.moves) == (10.0, 12.0, 1.0)


def test_deploy_one_at_a_time_to_the_emptiest_moves_each_viewer_once() -> None:
    found = deploy(COSTS, 50_000, to_the_emptiest)
    assert (found.absent_s, found.whole_s, found.moves, found.fullest) == (10.0, 60.0, 1.0, 10_000)


def test_deploy_in_turns_is_quicker_but_moves_viewers_again() -> None:
    found = deploy(COSTS, 50_000, evenly)
    assert found.absent_s < 10.0
    assert 1.0 < found.moves < 3.0
    assert found.fullest > 10_000


def test_redis_and_the_database_limit_a_deploy_of_many_processes() -> None:
    assert deploy(COSTS, 1_000_000, to_the_emptiest, at_once=100).absent_s == 50.0
    slow = replace(COSTS, open_database_us=800.0)
    assert deploy(slow, 1_000_000, to_the_emptiest, at_once=100).absent_s == 100.0
