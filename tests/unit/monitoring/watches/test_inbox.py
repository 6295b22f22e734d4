"""Reports that wait: in order, bounded for each person and for all, kept if they could not be written."""

from playhead.monitoring.watches.inbox import AT_ONCE, PER_PERSON_MAX, TRIES_MAX, WAITING_MAX, Inbox
from playhead.monitoring.watches.report import Report
from playhead.monitoring.watches.repository import Key, Sent


def sent(person: str, seq: int = 1) -> Sent:
    return Sent(key=Key(person, "s"), page="0" * 16, seq=seq, report=Report())


def seqs(reports: list[Sent]) -> list[int]:
    return [one.seq for one in reports]


def test_who_floods_takes_nobody_elses_place() -> None:
    inbox = Inbox()
    assert [inbox.put(sent("mallory", seq)) for seq in range(1, 10_000)].count(True) == PER_PERSON_MAX
    assert inbox.put(sent("ada"))
    assert [one.key.person for one in inbox.take()] == ["mallory"] * PER_PERSON_MAX + ["ada"]
    assert inbox.put(sent("mallory"))


def test_all_together_are_bounded() -> None:
    inbox = Inbox()
    assert [inbox.put(sent(f"{number}")) for number in range(WAITING_MAX + 5)].count(True) == WAITING_MAX


def test_reports_are_taken_a_few_at_once() -> None:
    inbox = Inbox()
    for number in range(AT_ONCE + 1):
        inbox.put(sent(f"{number}"))
    assert [len(inbox.take()) for _ in range(3)] == [AT_ONCE, 1, 0]


def test_reports_that_could_not_be_written_come_first_again() -> None:
    inbox = Inbox()
    for seq in (1, 2):
        inbox.put(sent("ada", seq))
    taken = inbox.take()
    inbox.put(sent("ada", 3))
    inbox.put_back(taken)
    assert seqs(inbox.take()) == [1, 2, 3]


def test_report_without_a_watch_is_tried_again_a_few_times() -> None:
    inbox = Inbox()
    inbox.put(sent("ada"))
    given_up = []
    for _ in range(TRIES_MAX):
        given_up.append(inbox.put_off(inbox.take()))
        assert not inbox
        inbox.wake()
    assert given_up == [0] * (TRIES_MAX - 1) + [1]
    assert inbox.take() == []


def test_reports_that_were_put_off_are_bounded_too() -> None:
    inbox = Inbox()
    while inbox.put(sent("mallory")):
        pass
    inbox.put_off(inbox.take())
    assert not inbox.put(sent("mallory"))
    assert inbox.put(sent("ada"))
