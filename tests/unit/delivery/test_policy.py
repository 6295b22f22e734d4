"""The whole space of circumstances: every combination, held to one table."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from playhead.delivery.policy import Circumstances, Mode, Reason, Transport, choose
from playhead.flags.answers.gate import StreamAnswer

FLAGS = [Reason(answer) for answer in StreamAnswer]
SWITCHES = ("long_poll", "final", "draining", "buffered", "at_capacity", "client_prefers_poll")


def every_circumstance() -> Iterator[Circumstances]:
    for flag in FLAGS:
        for switches in itertools.product((False, True), repeat=len(SWITCHES)):
            yield Circumstances(stream_flag=flag, **dict(zip(SWITCHES, switches, strict=True)))


ANY = None
YES, NO = True, False
OK, OFF, KILLED, UNKNOWN = Reason.FLAG_ON, Reason.FLAG_OFF, Reason.KILL_SWITCH, Reason.FLAGS_UNAVAILABLE
Row = tuple[Any, ...]
TABLE: list[Row] = [
    # final  flag     client buffered drains full   may wait   how         why
    (YES,    ANY,     ANY,   ANY,     ANY,   ANY,   ANY,       Mode.POLL, Reason.FINAL),
    (NO,     UNKNOWN, ANY,   ANY,     ANY,   ANY,   ANY,       Mode.POLL, Reason.FLAGS_UNAVAILABLE),
    (NO,     KILLED,  ANY,   ANY,     ANY,   ANY,   NO,        Mode.POLL, Reason.KILL_SWITCH),
    (NO,     KILLED,  ANY,   ANY,     ANY,   ANY,   YES,       Mode.WAIT, Reason.KILL_SWITCH),
    (NO,     OFF,     ANY,   ANY,     ANY,   ANY,   NO,        Mode.POLL, Reason.FLAG_OFF),
    (NO,     OFF,     ANY,   ANY,     ANY,   ANY,   YES,       Mode.WAIT, Reason.FLAG_OFF),
    (NO,     OK,      YES,   ANY,     ANY,   ANY,   NO,        Mode.POLL, Reason.CLIENT),
    (NO,     OK,      YES,   ANY,     ANY,   ANY,   YES,       Mode.WAIT, Reason.CLIENT),
    (NO,     OK,      NO,    YES,     ANY,   ANY,   NO,        Mode.POLL, Reason.BUFFERED),
    (NO,     OK,      NO,    YES,     ANY,   ANY,   YES,       Mode.WAIT, Reason.BUFFERED),
    (NO,     OK,      NO,    NO,      YES,   ANY,   ANY,       Mode.POLL, Reason.DRAINING),
    (NO,     OK,      NO,    NO,      NO,    YES,   NO,        Mode.POLL, Reason.AT_CAPACITY),
    (NO,     OK,      NO,    NO,      NO,    YES,   YES,       Mode.WAIT, Reason.AT_CAPACITY),
    (NO,     OK,      NO,    NO,      NO,    NO,    ANY,       Mode.STREAM, Reason.FLAG_ON),
]  # fmt: skip
"""The whole decision. It fails closed, what is over is over, flags come before what passes, and nobody waits who may
not, nor where it is of no use: at the end, without flags, and on a process that goes away."""


def applies(row: Row, seen: Circumstances) -> bool:
    said = (
        seen.final,
        seen.stream_flag,
        seen.client_prefers_poll,
        seen.buffered,
        seen.draining,
        seen.at_capacity,
        seen.long_poll,
    )
    return all(wanted is ANY or wanted is given for wanted, given in zip(row[:-2], said, strict=True))


def test_every_circumstance_has_its_row_and_the_answer_of_that_row() -> None:
    seen_rows = set()
    for seen in every_circumstance():
        (number,) = (number for number, row in enumerate(TABLE) if applies(row, seen))
        seen_rows.add(number)
        assert choose(seen) == Transport(*TABLE[number][-2:]), seen
    assert len(seen_rows) == len(TABLE)


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
