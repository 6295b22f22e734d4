"""The whole policy: every combination of its input, held to one table."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from playhead.live import policy
from playhead.live.policy import (
    Delay,
    Goodbye,
    GoodbyeReason,
    Mode,
    Next,
    PolicyInput,
    Reason,
    StreamOriginUse,
    Transport,
    Via,
)

FLAGS = [Reason.FLAG_ON, Reason.FLAG_OFF, Reason.KILL_SWITCH, Reason.FLAGS_UNAVAILABLE]
"""What a gate may answer."""
SWITCHES = ("long_poll", "final", "draining", "buffered", "at_capacity", "client_prefers_poll")
ORIGINS = [(None, False), *itertools.product(StreamOriginUse, (False, True))]
"""Which streams go by the stream origin, and whether the path to it is buffered."""


def every_input() -> Iterator[PolicyInput]:
    for flag, (use, is_buffered) in itertools.product(FLAGS, ORIGINS):
        for switches in itertools.product((False, True), repeat=len(SWITCHES)):
            chosen = dict(zip(SWITCHES, switches, strict=True))
            yield PolicyInput(stream_flag=flag, stream_origin=use, stream_origin_buffered=is_buffered, **chosen)


ANY = None
YES, NO = True, False
OK, OFF, KILLED, UNKNOWN = Reason.FLAG_ON, Reason.FLAG_OFF, Reason.KILL_SWITCH, Reason.FLAGS_UNAVAILABLE
POLL, WAIT, STREAM = Mode.POLL, Mode.WAIT, Mode.STREAM
Row = tuple[Any, ...]
TABLE: list[Row] = [
    # final flag     client buffered drains full may wait  mode    reason                    begins
    (YES,   ANY,     ANY,   ANY,     ANY,   ANY, ANY,      POLL,   Reason.FINAL,             204),
    (NO,    UNKNOWN, ANY,   ANY,     ANY,   ANY, ANY,      POLL,   Reason.FLAGS_UNAVAILABLE, 204),
    (NO,    KILLED,  ANY,   ANY,     ANY,   ANY, NO,       POLL,   Reason.KILL_SWITCH,       204),
    (NO,    KILLED,  ANY,   ANY,     ANY,   ANY, YES,      WAIT,   Reason.KILL_SWITCH,       204),
    (NO,    OFF,     ANY,   ANY,     ANY,   ANY, NO,       POLL,   Reason.FLAG_OFF,          204),
    (NO,    OFF,     ANY,   ANY,     ANY,   ANY, YES,      WAIT,   Reason.FLAG_OFF,          204),
    (NO,    OK,      YES,   ANY,     ANY,   ANY, NO,       POLL,   Reason.CLIENT,            204),
    (NO,    OK,      YES,   ANY,     ANY,   ANY, YES,      WAIT,   Reason.CLIENT,            204),
    (NO,    OK,      NO,    YES,     ANY,   ANY, NO,       POLL,   Reason.BUFFERED,          204),
    (NO,    OK,      NO,    YES,     ANY,   ANY, YES,      WAIT,   Reason.BUFFERED,          204),
    (NO,    OK,      NO,    NO,      YES,   ANY, ANY,      POLL,   Reason.DRAINING,          503),
    (NO,    OK,      NO,    NO,      NO,    YES, NO,       POLL,   Reason.AT_CAPACITY,       503),
    (NO,    OK,      NO,    NO,      NO,    YES, YES,      WAIT,   Reason.AT_CAPACITY,       503),
    (NO,    OK,      NO,    NO,      NO,    NO,  ANY,      STREAM, Reason.FLAG_ON,           200),
]  # fmt: skip
"""How statuses are sent, and whether a stream begins. It fails closed, flags come before what passes, and nobody waits
who may not, nor where it is of no use: at the end, without flags, and on a process that is about to end."""

OPEN_STREAMS: list[Row] = [
    # final flag     client buffered drains full may wait  goodbye                          next
    (YES,   ANY,     ANY,   ANY,     ANY,   ANY, ANY,      GoodbyeReason.FINAL,             Next.NONE),
    (NO,    UNKNOWN, ANY,   ANY,     ANY,   ANY, ANY,      GoodbyeReason.FLAGS_UNAVAILABLE, Next.POLL),
    (NO,    KILLED,  ANY,   ANY,     ANY,   ANY, NO,       GoodbyeReason.KILL_SWITCH,       Next.POLL),
    (NO,    KILLED,  ANY,   ANY,     ANY,   ANY, YES,      GoodbyeReason.KILL_SWITCH,       Next.WAIT),
    (NO,    OFF,     ANY,   ANY,     ANY,   ANY, NO,       GoodbyeReason.FLAG_OFF,          Next.POLL),
    (NO,    OFF,     ANY,   ANY,     ANY,   ANY, YES,      GoodbyeReason.FLAG_OFF,          Next.WAIT),
    (NO,    OK,      ANY,   YES,     ANY,   ANY, NO,       GoodbyeReason.BUFFERED,          Next.POLL),
    (NO,    OK,      ANY,   YES,     ANY,   ANY, YES,      GoodbyeReason.BUFFERED,          Next.WAIT),
    (NO,    OK,      ANY,   NO,      YES,   ANY, ANY,      GoodbyeReason.DRAINING,          Next.STREAM),
    (NO,    OK,      ANY,   NO,      NO,    ANY, ANY,      None,                            None),
]  # fmt: skip
"""Whether an open stream goes on at a check. A full process and a client's preference end none."""

GOODBYES: list[Row] = [
    # reason                          may wait  next         delay
    (GoodbyeReason.FINAL,             ANY,      Next.NONE,   Delay.UNSPECIFIED),
    (GoodbyeReason.SIGNED_OUT,        ANY,      Next.NONE,   Delay.UNSPECIFIED),
    (GoodbyeReason.MAX_AGE,           ANY,      Next.STREAM, Delay.ZERO),
    (GoodbyeReason.DRAINING,          ANY,      Next.STREAM, Delay.RANDOM),
    (GoodbyeReason.AT_CAPACITY,       ANY,      Next.POLL,   Delay.RANDOM),
    (GoodbyeReason.FLAGS_UNAVAILABLE, ANY,      Next.POLL,   Delay.RANDOM),
    (GoodbyeReason.FLAG_OFF,          NO,       Next.POLL,   Delay.RANDOM),
    (GoodbyeReason.FLAG_OFF,          YES,      Next.WAIT,   Delay.RANDOM),
    (GoodbyeReason.KILL_SWITCH,       NO,       Next.POLL,   Delay.RANDOM),
    (GoodbyeReason.KILL_SWITCH,       YES,      Next.WAIT,   Delay.RANDOM),
    (GoodbyeReason.BUFFERED,          NO,       Next.POLL,   Delay.RANDOM),
    (GoodbyeReason.BUFFERED,          YES,      Next.WAIT,   Delay.RANDOM),
    (GoodbyeReason.REPLACED,          NO,       Next.POLL,   Delay.RANDOM),
    (GoodbyeReason.REPLACED,          YES,      Next.WAIT,   Delay.RANDOM),
]  # fmt: skip


NONE, TICKET = None, Via.TICKET
BUFFERED, ALWAYS = StreamOriginUse.BUFFERED, StreamOriginUse.ALWAYS
BY_TICKET: list[Row] = [
    # origin  its path buffered  own path buffered  a stream goes
    ("none",   ANY,               ANY,               NONE),
    (ANY,      YES,               ANY,               NONE),
    (BUFFERED, NO,                NO,                NONE),
    (BUFFERED, NO,                YES,               TICKET),
    (ALWAYS,   NO,                ANY,               TICKET),
]  # fmt: skip
"""Whether a stream goes by ticket, where nothing else speaks against it."""


def expected(given: PolicyInput) -> tuple[Transport, int]:
    """The transport and the admission: where streams go by ticket, an own path that is buffered speaks against none."""
    origin = (given.stream_origin or "none", given.stream_origin_buffered, given.buffered)
    via = BY_TICKET[row_of(BY_TICKET, origin)][-1]
    given = replace(given, buffered=given.buffered and via is None)
    mode, reason, status = TABLE[row_of(TABLE, conditions(given))][-3:]
    if mode is STREAM and via is not None:
        return Transport(mode, reason, via), 204
    return Transport(mode, reason), status


def conditions(given: PolicyInput) -> Row:
    """The input in the order of the tables' columns."""
    return (
        given.final,
        given.stream_flag,
        given.client_prefers_poll,
        given.buffered,
        given.draining,
        given.at_capacity,
        given.long_poll,
    )


def row_of(table: list[Row], given: Row) -> int:
    """The number of the only row whose conditions hold."""
    (number,) = (
        number
        for number, row in enumerate(table)
        if all(wanted is ANY or wanted is value for wanted, value in zip(row, given, strict=False))
    )
    return number


def test_every_input_has_one_row_and_gets_its_mode_and_admission() -> None:
    used = set()
    for given in every_input():
        used.add(row_of(TABLE, conditions(given)))
        transport, status = expected(given)
        assert policy.choose(given) == transport, given
        assert policy.admit(given) == policy.Admission(HTTPStatus(status), transport), given
    assert len(used) == len(TABLE)


def test_every_row_of_the_stream_origin_is_used() -> None:
    given = [(use or "none", is_buffered, own) for use, is_buffered in ORIGINS for own in (False, True)]
    assert {row_of(BY_TICKET, one) for one in given} == set(range(len(BY_TICKET)))


def test_every_input_has_one_row_and_its_open_stream_ends_or_not() -> None:
    used = set()
    for given in every_input():
        used.add(number := row_of(OPEN_STREAMS, conditions(given)))
        goodbye = policy.check(given)
        assert (goodbye and goodbye.reason, goodbye and goodbye.next) == OPEN_STREAMS[number][-2:], given
        if goodbye is not None:
            assert goodbye == policy.goodbye(goodbye.reason, long_poll=given.long_poll)
    assert len(used) == len(OPEN_STREAMS)


def test_every_goodbye_has_one_row_and_gets_its_next_and_delay() -> None:
    used = set()
    for reason, long_poll in itertools.product(GoodbyeReason, (False, True)):
        used.add(number := row_of(GOODBYES, (reason, long_poll)))
        assert policy.goodbye(reason, long_poll=long_poll) == Goodbye(reason, *GOODBYES[number][-2:])
    assert len(used) == len(GOODBYES)


def test_admitted_stream_has_no_place_only_if_the_others_take_all() -> None:
    for given in every_input():
        expected = policy.goodbye(GoodbyeReason.AT_CAPACITY) if given.at_capacity else None
        assert policy.take_slot(given) == expected, given


def test_contract_names_every_goodbye() -> None:
    contract = (Path(__file__).parents[3] / "CONTRACT.md").read_text()
    (sentence,) = re.findall(r"^- `goodbye` reasons: (.*?)\.$", contract, re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`(\w+)`", re.sub(r"\(next: .*?\)", "", sentence)))
    assert named == set(GoodbyeReason)


@pytest.mark.parametrize(
    ("given", "header"),
    [
        (PolicyInput(stream_flag=Reason.FLAG_ON), "stream; reason=flag_on"),
        (PolicyInput(stream_flag=Reason.FLAG_OFF, long_poll=True), "wait; reason=flag_off"),
        (PolicyInput(stream_flag=Reason.KILL_SWITCH), "poll; reason=kill_switch"),
        (PolicyInput(stream_flag=Reason.FLAG_ON, at_capacity=True, long_poll=True), "wait; reason=at_capacity"),
        (PolicyInput(stream_flag=Reason.FLAG_ON, draining=True, long_poll=True), "poll; reason=draining"),
        (PolicyInput(stream_flag=Reason.FLAG_ON, stream_origin=ALWAYS), "stream; reason=flag_on; via=ticket"),
    ],
)
def test_header_says_the_mode_and_its_reason(given: PolicyInput, header: str) -> None:
    assert policy.choose(given).header == header
