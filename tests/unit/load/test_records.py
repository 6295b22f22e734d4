"""What simulated people measure, and how they read what they get."""

import pytest
from infra.load.people.documents import event, patched, published_s
from infra.load.people.records import Records, percentiles


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentiles([float(n) for n in range(100, 0, -1)]) == {
        "n": 100,
        "p50": 51.0,
        "p95": 96.0,
        "p99": 100.0,
        "max": 100.0,
    }
    assert percentiles([]) == {"n": 0}


def test_open_time_counts_from_the_mark_and_over_reconnects() -> None:
    records = Records()
    one, other = records.connection(streams=True), records.connection(streams=True)
    one.opened(1.0)
    other.opened(1.0)
    records.mark(10.0)
    other.closed(12.0)
    other.opened(15.0)
    found = records.summary(20.0)
    assert (found["open_s"], found["measured_s"], found["streaming"]) == (10.0 + 2.0 + 5.0, 10.0, 2)


def test_who_polls_counts_as_viewer_and_not_as_stream() -> None:
    records = Records()
    records.connection(streams=False)
    found = records.summary(1.0)
    assert (found["viewers"], found["streams"]) == (1, 0)


def test_viewer_without_news_for_ten_seconds_is_behind() -> None:
    records = Records()
    records.connection(streams=True).newer_at = 100.0
    records.connection(streams=True).newer_at = 95.0
    assert records.summary(107.0)["behind"] == 1


def test_served_since_the_mark_is_who_has_a_stream_or_an_answer() -> None:
    records = Records()
    records.connection(streams=True).opened(1.0)
    polling, gone = records.connection(streams=True), records.connection(streams=True)
    gone.served_at = 1.0
    records.mark(5.0)
    polling.served_at = 6.0
    assert records.served == 2


def test_mark_forgets_ages_and_keeps_faults_and_connects() -> None:
    records = Records()
    records.time("connect", 5.0)
    records.time("update_stream", 5.0)
    records.fault("cut", "a stream: reset")
    records.mark(1.0)
    found = records.summary(2.0)
    assert set(found["times"]) == {"connect"}
    assert (found["faults"], found["examples"]) == ({"cut": 1}, {"cut": "a stream: reset"})


def test_event_is_its_name_and_its_document() -> None:
    assert event(b'event: status\nid: 7\ndata: {"version": 7}\n\n') == ("status", {"version": 7})
    assert event(b'retry: 2000\nevent: hello\ndata: {"protocol": 1}\n\n') == ("hello", {"protocol": 1})
    assert event(b"retry: 2000\n\n") == ("", {})


def test_patch_changes_adds_and_removes_fields() -> None:
    assert patched({"version": 1, "eta_s": 4.0}, {"version": 2, "eta_s": None, "segments": 3}) == {
        "version": 2,
        "segments": 3,
    }


def test_time_of_a_status_is_that_of_its_publishing() -> None:
    assert published_s({"updated_at": "1970-01-01T00:01:00.250Z"}) == pytest.approx(60.25)
