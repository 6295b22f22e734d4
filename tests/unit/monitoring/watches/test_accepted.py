"""What one report makes of a watch: pages by number, the wall, and what was counted before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from playhead.monitoring.watches.accepted import PAGES_MAX, Added, Watch, accepted
from playhead.monitoring.watches.report import SLACK_S, Report

BEGUN = datetime(2026, 11, 29, tzinfo=UTC)
WATCH = Watch(begun_at=BEGUN, weight=2)
MINUTE = Report(elapsed_s=60.0, seconds={"stream": (60.0, 60.0)})


def take(watch: Watch, page: str, seq: int, report: Report = MINUTE, at_s: float = 60.0) -> tuple[Watch, Added]:
    found = accepted(watch, page, seq, report, BEGUN + timedelta(seconds=at_s))
    assert found is not None
    return found


def is_repeated(watch: Watch, page: str, seq: int) -> bool:
    return accepted(watch, page, seq, MINUTE, BEGUN + timedelta(hours=1)) is None


def test_first_report_is_the_first_once() -> None:
    watch, first = take(WATCH, "a", 1)
    _, second = take(watch, "b", 1)
    assert (first.is_first, second.is_first, first.weight) == (True, False, 2)


def test_newest_pages_keep_their_numbers() -> None:
    watch = WATCH
    for number in range(PAGES_MAX):
        watch, _ = take(watch, f"{number}", 3)
    watch, _ = take(watch, "0", 4)
    watch, _ = take(watch, "one more", 3)
    assert len(watch.kept.pages) == PAGES_MAX
    assert is_repeated(watch, "0", 4)
    assert is_repeated(watch, "one more", 2)
    assert not is_repeated(watch, "1", 1)


def test_time_goes_on_as_the_wall_does() -> None:
    watch, _ = take(WATCH, "a", 1, at_s=60.0)
    watch, second = take(watch, "a", 2, at_s=100.0)
    assert second.report.watched_s == 40.0 + SLACK_S
    _, third = take(watch, "a", 3, at_s=100.0)
    assert third.report.watched_s == 0.0


def test_time_that_a_page_lived_is_the_longest_that_it_reported() -> None:
    watch, _ = take(WATCH, "a", 1, at_s=60.0)
    watch, _ = take(watch, "a", 2, replace(MINUTE, elapsed_s=120.0), at_s=120.0)
    assert watch.kept.sums.elapsed_s == 120.0
    watch, _ = take(watch, "a", 3, replace(MINUTE, elapsed_s=9_999.0), at_s=180.0)
    assert watch.kept.sums.elapsed_s == 180.0 + SLACK_S


def test_clock_of_the_database_that_went_back_takes_no_time() -> None:
    _, added = take(WATCH, "a", 1, at_s=-3_600.0)
    assert added.report.watched_s == 0.0


def test_time_that_was_counted_of_a_silent_watch_is_not_reported_again() -> None:
    watch, watched_s = replace(WATCH, counted_at=BEGUN + timedelta(minutes=10)), 0.0
    for seq in range(1, 100):
        watch, added = take(watch, "a", seq, replace(MINUTE, elapsed_s=0.0), at_s=630.0)
        watched_s += added.report.watched_s
    assert watched_s == 30.0 + SLACK_S


def test_final_status_that_the_server_settled_stays() -> None:
    watch, added = take(replace(WATCH, final="missing"), "a", 1, replace(MINUTE, final_lag_ms=100.0))
    assert (watch.final, added.final) == ("missing", "")


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.floats(0, 1e9), st.floats(0, 1e5)), max_size=20)
)
def test_whatever_pages_send_fills_the_wall_once(reports: list[tuple[str, int, float, float]]) -> None:
    watch, at_s, counted_s = WATCH, 0.0, 0.0
    for page, seq, watched_s, later_s in reports:
        at_s = max(at_s, later_s)
        report = Report(elapsed_s=watched_s, seconds={"stream": (watched_s, watched_s)})
        if (found := accepted(watch, page, seq, report, BEGUN + timedelta(seconds=at_s))) is not None:
            watch, added = found
            counted_s += added.report.watched_s
    assert counted_s <= at_s + SLACK_S + 0.1
    assert abs(watch.kept.sums.watched_s - counted_s) < 0.1


def test_stream_that_began_counts_also_where_an_earlier_one_had_begun() -> None:
    fell = Report(elapsed_s=60.0, fallbacks=1, reason="network", first_event_ms=40.0)
    watch, first = take(WATCH, "a", 1, fell)
    _, second = take(watch, "a", 2, fell)
    _, third = take(watch, "b", 1, replace(fell, first_event_ms=None))
    assert (first.not_begun, second.not_begun, third.not_begun) == (0, 0, 1)
