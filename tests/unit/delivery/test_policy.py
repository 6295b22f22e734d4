"""The whole space of circumstances: every combination, and what must hold in each."""

import itertools
from collections.abc import Iterator

import pytest

from playhead.delivery.policy import Circumstances, Mode, Reason, Transport, choose
from playhead.flags.gate import StreamAnswer

FLAGS = [Reason(answer) for answer in StreamAnswer]
SWITCHES = ("long_poll", "final", "draining", "buffered", "at_capacity", "client_prefers_poll")


def every_circumstance() -> Iterator[Circumstances]:
    for flag in FLAGS:
        for switches in itertools.product((False, True), repeat=len(SWITCHES)):
            yield Circumstances(stream_flag=flag, **dict(zip(SWITCHES, switches, strict=True)))


def objections(seen: Circumstances) -> set[Reason]:
    applies = {
        Reason.FINAL: seen.final,
        Reason.CLIENT: seen.client_prefers_poll,
        Reason.BUFFERED: seen.buffered,
        Reason.DRAINING: seen.draining,
        Reason.AT_CAPACITY: seen.at_capacity,
        seen.stream_flag: seen.stream_flag is not Reason.FLAG_ON,
    }
    return {reason for reason, holds in applies.items() if holds}


def test_it_streams_when_and_only_when_nothing_objects() -> None:
    for seen in every_circumstance():
        assert (choose(seen).mode is Mode.STREAM) is (not objections(seen)), seen


def test_the_reason_is_always_a_true_one() -> None:
    for seen in every_circumstance():
        assert choose(seen).reason in (objections(seen) or {Reason.FLAG_ON}), seen


def test_it_fails_closed_without_flags() -> None:
    for seen in every_circumstance():
        if seen.stream_flag is Reason.FLAGS_UNAVAILABLE and not seen.final:
            assert choose(seen) == Transport(Mode.POLL, Reason.FLAGS_UNAVAILABLE)


def test_nobody_waits_without_being_allowed_to_nor_where_it_is_of_no_use() -> None:
    for seen in every_circumstance():
        mode, reason = choose(seen).mode, choose(seen).reason
        assert mode is not Mode.WAIT or seen.long_poll, seen
        assert mode is not Mode.WAIT or reason not in (Reason.FINAL, Reason.DRAINING, Reason.FLAGS_UNAVAILABLE), seen


def test_what_is_over_is_over_and_flags_come_before_everything_that_passes() -> None:
    for seen in every_circumstance():
        if seen.final:
            assert choose(seen) == Transport(Mode.POLL, Reason.FINAL)
        elif seen.stream_flag is not Reason.FLAG_ON:
            assert choose(seen).reason is seen.stream_flag


def test_what_does_not_matter_changes_nothing() -> None:
    for seen in every_circumstance():
        if not seen.long_poll and choose(seen).mode is Mode.STREAM:
            assert choose(Circumstances(stream_flag=Reason.FLAG_ON, long_poll=True)) == choose(seen)


@pytest.mark.parametrize(
    ("seen", "header"),
    [
        (Circumstances(stream_flag=Reason.FLAG_ON), "stream; reason=flag_on"),
        (Circumstances(stream_flag=Reason.FLAG_OFF, long_poll=True), "wait; reason=flag_off"),
        (Circumstances(stream_flag=Reason.KILL_SWITCH), "poll; reason=kill_switch"),
        (Circumstances(stream_flag=Reason.FLAG_ON, at_capacity=True, long_poll=True), "wait; reason=at_capacity"),
        (Circumstances(stream_flag=Reason.FLAG_ON, draining=True, long_poll=True), "poll; reason=draining"),
    ],
)
def test_header_says_the_mode_and_why(seen: Circumstances, header: str) -> None:
    assert choose(seen).header == header
