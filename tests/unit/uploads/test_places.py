"""Who may send files at once: the slow and those who have several give way to those who have none."""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import pytest

from playhead.errors import Problem
from playhead.uploads.limits import Limits
from playhead.uploads.places import Place, Places
from tests.support.clock import Clock

LIMITS = Limits(max_bytes=10**9)
SLOW = 1200
"""Bytes a second: enough never to be taken for gone."""
FAST = LIMITS.contended_bytes_s


class Room:
    """Places whose senders send at a steady pace, by a clock of its own."""

    def __init__(self, stack: ExitStack, limits: Limits = LIMITS) -> None:
        self._stack = stack
        self.clock = Clock()
        self.places = Places(limits, self.clock)
        self.senders: list[tuple[Place, int]] = []

    def comes(self, user_id: str, address: str, bytes_s: int) -> Place:
        place = self._stack.enter_context(self.places.place(user_id, address))
        place.asks()
        self.senders.append((place, bytes_s))
        return place

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.now += 1
            for place, bytes_s in self.senders:
                place.came(bytes_s)
                place.asks()

    def filled(self, bytes_s: int, *, several: bool = True, address: str = "") -> list[Place]:
        """All places are taken: each person has as many as they may, or one, from an address of theirs or from that."""
        each = LIMITS.at_once_a_user if several else 1
        who = [f"eve-{n // each}" for n in range(LIMITS.at_once)]
        return [self.comes(one, address or f"home of {one}", bytes_s) for one in who]

    def refusal(self, user_id: str, address: str) -> tuple[int, str]:
        with pytest.raises(Problem) as refused:
            self.comes(user_id, address, FAST)
        assert refused.value.retry_after_s
        return refused.value.status, refused.value.code

    @property
    def gave_way(self) -> list[Place]:
        return [place for place, _ in self.senders if place.is_taken]


@pytest.fixture
def room() -> Room:
    return Room(ExitStack())


def test_person_has_no_more_places_than_a_share(room: Room) -> None:
    for _ in range(LIMITS.at_once_a_user):
        room.comes("ada", "home", FAST)
    assert room.refusal("ada", "elsewhere") == (429, "too_many_uploads")
    room.comes("grace", "home", FAST)
    assert room.gave_way == []


def test_place_is_given_back() -> None:
    places = Places(replace(LIMITS, at_once=1))
    for _ in range(2):
        with places.place("ada", "home"):
            pass


@pytest.mark.parametrize("address", ["", "one for all"], ids=["from three addresses", "from one address"])
@pytest.mark.parametrize("bytes_s", [SLOW, 100 * FAST], ids=["slow", "fast"])
def test_who_has_none_gets_the_place_of_who_has_several(room: Room, address: str, bytes_s: int) -> None:
    room.filled(bytes_s, address=address)
    room.pass_time(60)
    ended: list[Place] = []
    for place, _ in room.senders:
        place.on_taken = partial(ended.append, place)
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
    many[7].came(10**7)
    many[7].asks()
    room.senders[7] = (many[7], SLOW)
    room.pass_time(int(3 * LIMITS.pace_s))
    room.comes("ada", "hers", FAST)
    assert room.gave_way == [many[7]]


def test_who_is_waited_for_is_slow_before_anything_comes(room: Room) -> None:
    room.filled(FAST, several=False)
    room.pass_time(1)
    silent = room.senders.pop()[0]
    room.pass_time(60)
    room.comes("ada", "hers", FAST)
    assert silent.is_taken
    assert room.gave_way == []


def test_who_sends_one_file_at_a_good_pace_may_finish(room: Room) -> None:
    room.filled(FAST, several=False)
    room.pass_time(60)
    assert room.refusal("ada", "hers") == (503, "busy")
    assert room.gave_way == []


def test_who_has_a_place_gets_nobody_elses(room: Room) -> None:
    room.comes("ada", "hers", FAST)
    many = [room.comes(f"eve-{n}", f"home {n}", SLOW) for n in range(LIMITS.at_once - 1)]
    room.pass_time(60)
    assert room.refusal("ada", "another of hers") == (503, "busy")
    assert not any(place.is_taken for place in many)


def test_many_accounts_of_an_address_get_nothing_of_one_that_has_less(room: Room) -> None:
    slow = room.comes("ada", "hers", SLOW)
    for n in range(LIMITS.at_once - 1):
        room.comes(f"eve-{n}", "home of all eves", FAST)
    room.pass_time(60)
    assert room.refusal("another eve", "home of all eves") == (503, "busy")
    assert not slow.is_taken


def test_upload_is_left_alone_at_first(room: Room) -> None:
    room.filled(SLOW)
    room.pass_time(int(LIMITS.grace_s) - 1)
    assert room.refusal("ada", "hers") == (503, "busy")
    room.pass_time(1)
    room.comes("ada", "hers", FAST)


def test_time_that_the_storage_takes_slows_nobody(room: Room) -> None:
    many = room.filled(FAST, several=False)
    room.pass_time(10)
    for place in many:
        place.came(0)
    room.clock.now += 3600
    assert room.refusal("ada", "hers") == (503, "busy")


def test_client_that_only_holds_a_place_is_let_go() -> None:
    clock = Clock()
    place = Place("ada", "hers", LIMITS, clock)
    for _ in range(int(LIMITS.pace_s) - 1):
        place.asks()
        clock.now += 1
        place.came(1)
    place.asks()
    clock.now += 1
    with pytest.raises(Problem) as refused:
        place.came(1)
    assert (refused.value.status, refused.value.code) == (408, "upload_stalled")
