"""Who may send files at once: the slow and those who have several give way to those who have none.

Over 300 lines: the rules by which one upload gives way to another, and a simulation of two hours under all of them.
"""

import math
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from playhead.errors import Problem
from playhead.uploads.limits import Limits
from playhead.uploads.slots import UploadSlot, UploadSlots
from tests.support.clock import Clock

LIMITS = Limits(max_bytes=10**9)
SLOW = 1200
"""Bytes a second: enough never to be taken for gone."""
FAST = LIMITS.contended_bytes_s


class Room:
    """UploadSlots whose senders send at a steady pace, by a clock of its own."""

    def __init__(self, stack: ExitStack, limits: Limits = LIMITS) -> None:
        self._stack = stack
        self.clock = Clock()
        self.slots = UploadSlots(limits, self.clock)
        self.senders: list[tuple[UploadSlot, int]] = []

    def comes(self, user_id: str, address: str, bytes_s: int) -> UploadSlot:
        slot = self._stack.enter_context(self.slots.hold(user_id, address))
        slot.waits()
        self.senders.append((slot, bytes_s))
        return slot

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.now += 1
            for slot, bytes_s in self.senders:
                slot.received(bytes_s)
                slot.waits()

    def filled(self, bytes_s: int, *, several: bool = True, address: str = "") -> list[UploadSlot]:
        """All slots are held: each person has as many as they may, or one, from an address of theirs or from that."""
        each = LIMITS.slots_a_user if several else 1
        who = [f"eve-{n // each}" for n in range(LIMITS.slots)]
        return [self.comes(one, address or f"home of {one}", bytes_s) for one in who]

    def refusal(self, user_id: str, address: str) -> tuple[int, str]:
        with pytest.raises(Problem) as refused:
            self.comes(user_id, address, FAST)
        assert refused.value.retry_after_s
        return refused.value.status, refused.value.code

    @property
    def gave_way(self) -> list[UploadSlot]:
        return [slot for slot, _ in self.senders if slot.is_revoked]


@pytest.fixture
def room() -> Room:
    return Room(ExitStack())


def test_person_has_no_more_places_than_a_share(room: Room) -> None:
    for _ in range(LIMITS.slots_a_user):
        room.comes("ada", "home", FAST)
    assert room.refusal("ada", "elsewhere") == (429, "too_many_uploads")
    room.comes("grace", "home", FAST)
    assert room.gave_way == []


def test_place_is_given_back() -> None:
    slots = UploadSlots(replace(LIMITS, slots=1))
    for _ in range(2):
        with slots.hold("ada", "home"):
            pass


@pytest.mark.parametrize("address", ["", "one for all"], ids=["from three addresses", "from one address"])
@pytest.mark.parametrize("bytes_s", [SLOW, 100 * FAST], ids=["slow", "fast"])
def test_who_has_none_gets_the_place_of_who_has_several(room: Room, address: str, bytes_s: int) -> None:
    room.filled(bytes_s, address=address)
    room.pass_time(60)
    ended: list[UploadSlot] = []
    for slot, _ in room.senders:
        slot.on_revoked = partial(ended.append, slot)
    room.comes("ada", "hers", FAST)
    assert len(room.gave_way) == 1
    assert ended == room.gave_way
    room.comes("grace", "another of theirs", FAST)
    assert len(room.gave_way) == 2


@pytest.mark.parametrize(("bytes_s", "several"), [(SLOW, False), (100 * FAST, True)], ids=["slow", "several"])
def test_who_has_none_gets_a_place_though_all_come_from_its_address(room: Room, bytes_s: int, several: bool) -> None:
    room.filled(bytes_s, several=several, address="a proxy")
    room.pass_time(60)
    room.comes("ada", "a proxy", FAST)
    assert len(room.gave_way) == 1


def test_address_with_many_accounts_gives_way(room: Room) -> None:
    room.filled(100 * FAST, several=False, address="home of all eves")
    room.pass_time(60)
    room.comes("ada", "hers", FAST)
    assert len(room.gave_way) == 1


def test_slowest_gives_way(room: Room) -> None:
    many = room.filled(FAST - 1, several=False)
    room.senders[7] = (many[7], SLOW)
    room.pass_time(60)
    room.comes("ada", "hers", FAST)
    assert room.gave_way == [many[7]]


def test_who_was_fast_once_is_slow_after_a_while(room: Room) -> None:
    many = room.filled(FAST - 1, several=False)
    many[7].received(10**7)
    many[7].waits()
    room.senders[7] = (many[7], SLOW)
    room.pass_time(int(3 * LIMITS.rate_period_s))
    room.comes("ada", "hers", FAST)
    assert room.gave_way == [many[7]]


def test_who_is_waited_for_is_slow_before_anything_comes(room: Room) -> None:
    room.filled(FAST, several=False)
    room.pass_time(1)
    silent = room.senders.pop()[0]
    room.pass_time(60)
    room.comes("ada", "hers", FAST)
    assert silent.is_revoked
    assert room.gave_way == []


def test_who_sends_one_file_at_a_good_pace_may_finish(room: Room) -> None:
    room.filled(FAST, several=False)
    room.pass_time(60)
    assert room.refusal("ada", "hers") == (503, "busy")
    assert room.gave_way == []


def test_who_has_a_place_gets_nobody_elses(room: Room) -> None:
    room.comes("ada", "hers", FAST)
    many = [room.comes(f"eve-{n}", f"home {n}", SLOW) for n in range(LIMITS.slots - 1)]
    room.pass_time(60)
    assert room.refusal("ada", "another of hers") == (503, "busy")
    assert not any(slot.is_revoked for slot in many)


def test_many_accounts_of_an_address_get_nothing_of_one_that_has_less(room: Room) -> None:
    slow = room.comes("ada", "hers", SLOW)
    for n in range(LIMITS.slots - 1):
        room.comes(f"eve-{n}", "home of all eves", FAST)
    room.pass_time(60)
    assert room.refusal("another eve", "home of all eves") == (503, "busy")
    assert not slow.is_revoked


def test_upload_that_only_cleans_up_gives_no_place(room: Room) -> None:
    many = room.filled(SLOW)
    room.pass_time(60)
    for slot in many[1:]:
        with pytest.raises(TimeoutError), slot.going_on():
            raise TimeoutError
    room.comes("ada", "hers", FAST)
    assert room.gave_way == [many[0]]
    assert room.refusal("grace", "another home") == (503, "busy")


def test_who_lost_a_place_takes_nobody_elses_for_a_while(room: Room) -> None:
    (*_, last) = room.filled(FAST - 1, several=False)
    room.senders = [(slot, SLOW if slot is last else bytes_s) for slot, bytes_s in room.senders]
    room.pass_time(60)
    room.comes("ada", "hers", FAST)
    assert last.is_revoked
    room.pass_time(int(LIMITS.lost_s) - 1)
    assert room.refusal(last.user_id, last.address) == (503, "busy")
    room.pass_time(1)
    room.comes(last.user_id, last.address, FAST)


def test_more_is_asked_of_a_single_file_when_more_people_wait(room: Room) -> None:
    room.filled(3 * FAST - 1, several=False)
    room.pass_time(60)
    for n in range(2):
        for _ in range(3):  # the same person again and again does not count
            assert room.refusal(f"waiting {n}", f"home {n}") == (503, "busy")
    room.comes("ada", "hers", FAST)
    assert len(room.gave_way) == 1


def test_no_more_is_asked_than_a_slow_uplink_has(room: Room) -> None:
    room.filled(LIMITS.contended_most_bytes_s, several=False)
    room.pass_time(60)
    for n in range(100):
        assert room.refusal(f"waiting {n}", f"home {n}") == (503, "busy")


def test_refusals_of_before_do_not_count(room: Room) -> None:
    room.filled(2 * FAST - 1, several=False)
    room.pass_time(60)
    assert room.refusal("waiting", "a home") == (503, "busy")
    room.pass_time(int(LIMITS.refused_s))
    assert room.refusal("ada", "hers") == (503, "busy")


def test_upload_is_left_alone_at_first(room: Room) -> None:
    room.filled(SLOW)
    room.pass_time(int(LIMITS.grace_s) - 1)
    assert room.refusal("ada", "hers") == (503, "busy")
    room.pass_time(1)
    room.comes("ada", "hers", FAST)


def test_time_that_the_storage_takes_slows_nobody(room: Room) -> None:
    many = room.filled(FAST, several=False)
    room.pass_time(10)
    for slot in many:
        slot.received(0)
    room.clock.now += 3600
    assert room.refusal("ada", "hers") == (503, "busy")


def test_client_that_only_holds_a_place_is_let_go() -> None:
    clock = Clock()
    slot = UploadSlot("ada", "hers", LIMITS, clock)
    for _ in range(int(LIMITS.rate_period_s) - 1):
        slot.waits()
        clock.now += 1
        slot.received(1)
    slot.waits()
    clock.now += 1
    with pytest.raises(Problem) as refused:
        slot.received(1)
    assert (refused.value.status, refused.value.code) == (408, "upload_stalled")


@pytest.mark.parametrize("bytes_s", [0, 200])
def test_lowest_rate_counts_over_the_requests_of_a_person(room: Room, bytes_s: int) -> None:
    for _ in range(int(LIMITS.rate_period_s / 5) - 1):
        with room.slots.hold("ada", "hers") as slot:
            slot.waits()
            room.clock.now += 5
            if bytes_s:
                slot.received(5 * bytes_s)
                slot.waits()
    with room.slots.hold("ada", "hers") as slot:
        slot.waits()
        room.clock.now += 5
        with pytest.raises(Problem) as refused:
            slot.received(1)
        assert refused.value.code == "upload_stalled"
        slot.received(1)  # a new period


def test_person_of_long_ago_begins_anew(room: Room) -> None:
    began = []
    for pause_s in (LIMITS.remembered_s - 1, LIMITS.remembered_s, 0):
        with room.slots.hold("ada", "hers") as slot:
            began.append(slot.rate.began)
        room.clock.now += pause_s
    assert began[0] == began[1] < began[2]


FILE_BYTES = 6 * 1024**2
UPLINK_BYTES_S = 15 * 1024
TWO_HOURS_S = 2 * 3600


@dataclass
class Sender:
    """Sends one file after another at a steady pace, and comes again as it is told."""

    name: str
    address: str
    bytes_s: int
    file_bytes: int = FILE_BYTES
    slot: UploadSlot | None = None
    holds: AbstractContextManager[UploadSlot] | None = None
    sent: int = 0
    comes_at: float = 0.0
    done: list[float] = field(default_factory=list)
    lost: int = 0
    renews_s: float = math.inf
    """How long a request lasts: by tus another one follows at once, which ends the one before."""
    renewed_at: float = 0.0

    def pass_second(self, slots: UploadSlots, now: float) -> None:
        if self.slot is not None:
            self.send(now)
            if self.slot is not None and now - self.renewed_at >= self.renews_s:
                self.leave(now)
        if self.slot is None and now >= self.comes_at:
            holds = slots.hold(self.name, self.address)
            try:
                self.slot, self.holds, self.renewed_at = holds.__enter__(), holds, now
                self.slot.waits()
            except Problem as refused:
                self.comes_at = now + (refused.retry_after_s or 0)

    def send(self, now: float) -> None:
        assert self.slot is not None
        if self.slot.is_revoked:
            self.lost += 1
            self.sent = 0
            self.leave(now + 10)
            return
        try:
            self.slot.received(self.bytes_s)
        except Problem:
            self.leave(now)
            return
        self.slot.waits()
        self.sent += self.bytes_s
        if self.sent >= self.file_bytes:
            self.done.append(now)
            self.sent = 0
            self.leave(now + 1)

    def leave(self, comes_at: float) -> None:
        assert self.holds is not None
        self.holds.__exit__(None, None, None)
        self.slot, self.comes_at = None, comes_at


def simulated(senders: list[Sender], seconds: int = TWO_HOURS_S) -> None:
    clock = Clock()
    slots = UploadSlots(LIMITS, clock)
    for _ in range(seconds):
        clock.now += 1
        for sender in senders:
            sender.pass_second(slots, clock.now)


def slow_people(count: int, bytes_s: int = UPLINK_BYTES_S) -> list[Sender]:
    return [Sender(f"person {n}", f"home {n}", bytes_s, comes_at=7.0 * n) for n in range(count)]


@pytest.mark.parametrize("count", [13, 15, 24])
def test_slow_people_throw_nobody_out(count: int) -> None:
    few, many = slow_people(LIMITS.slots), slow_people(count)
    simulated(few)
    simulated(many)
    assert sum(person.lost for person in many) == 0
    assert files(many) >= 0.95 * files(few)
    assert all(person.done for person in many)


def test_very_slow_people_do_not_throw_each_other_out_for_ever() -> None:
    few, many = (slow_people(count, LIMITS.contended_most_bytes_s - 1) for count in (LIMITS.slots, 15))
    simulated(few)
    simulated(many)
    assert sum(person.lost for person in many) < files(many) / 2
    assert files(many) >= 0.7 * files(few)


def files(senders: list[Sender]) -> int:
    return sum(len(sender.done) for sender in senders)


@pytest.mark.parametrize(("bytes_s", "renews_s"), [(SLOW, math.inf), (200, 9.0)], ids=["long", "renewed each 9 s"])
@pytest.mark.parametrize("addresses", [1, 3, 12], ids=["one address", "three addresses", "twelve addresses"])
def test_who_only_holds_places_keeps_nobody_out(addresses: int, bytes_s: int, renews_s: float) -> None:
    eves = [
        Sender(f"eve {n // 4}", f"home {n % addresses}", bytes_s, file_bytes=10**9, renews_s=renews_s)
        for n in range(LIMITS.slots)
    ]
    ada = Sender("ada", "hers", UPLINK_BYTES_S, comes_at=60.0)
    simulated([*eves, ada])
    best = TWO_HOURS_S / (FILE_BYTES / UPLINK_BYTES_S)
    assert len(ada.done) >= 0.9 * best
    assert ada.lost == 0
