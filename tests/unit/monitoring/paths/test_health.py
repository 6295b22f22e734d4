"""The health of paths in one process: from what readers report to what the policy is told, with a store in memory."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

import pytest

from playhead.live.path import ClientPath
from playhead.monitoring.paths.health import SharedPathHealth, digest_of
from playhead.monitoring.paths.judgement import REST_MIN_S, WINDOW_S, PathState
from playhead.monitoring.paths.memory import MemoryPathStore
from playhead.monitoring.paths.noted import NOTED_AGAIN_S, PATHS_PER_PERSON, REPORTS_MAX
from playhead.monitoring.paths.ports import KEPT_S, Outcome, Override, PathReport, Reader
from tests.support.clock import Clock

PATH, OTHER = ClientPath("example.org", "2", "FRA"), ClientPath("example.org")
PROVEN, MUTED = Outcome.PROVEN, Outcome.MUTED
PEOPLE = [f"person {number}" for number in range(100)]


class Store(MemoryPathStore):
    """A store that can be away."""

    is_away = False

    async def now(self) -> float:
        if self.is_away:
            raise ConnectionError("it was switched off")
        return await super().now()

    def empty(self) -> None:
        super().__init__(self._clock)


class World:
    """Two processes with one store."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.now = 1_000_000.0
        self.store = Store(self.clock)
        self.changes = 0
        self.health = SharedPathHealth(self.store, changed=self._changed, clock=self.clock)
        self.other = SharedPathHealth(self.store, clock=self.clock)
        self.seq = 0

    def _changed(self) -> None:
        self.changes += 1

    def read(self, people: Iterable[str], health: SharedPathHealth | None = None) -> None:
        """Lets people follow something on the path, at the first process unless another is given."""
        for person in people:
            (health or self.health).buffered(PATH, person)

    def report(self, people: Iterable[str], outcome: Outcome, path: ClientPath = PATH) -> None:
        self.seq += 1
        for person in people:
            self.health.report(path, person, f"page of {person}", self.seq, outcome)

    async def after(self, seconds: float) -> None:
        """The next round of both processes, so many seconds later."""
        self.clock.now += seconds
        await self.health.refresh()
        await self.other.refresh()

    async def make_buffered(self) -> None:
        self.report(PEOPLE[:3], MUTED)
        await self.after(1)
        assert self.health.state(PATH) is PathState.BUFFERED

    def streaming(self) -> list[str]:
        return [one for one in PEOPLE if not self.health.buffered(PATH, one)]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def world() -> World:
    return World()


async def test_nothing_is_certain_of_a_path_at_first(world: World) -> None:
    assert world.health.buffered(PATH, "ada") is None
    await world.after(1)
    assert (world.health.buffered(PATH, "ada"), world.health.state(PATH)) == (None, None)


async def test_proven_path_is_healthy_in_all_processes(world: World) -> None:
    world.report(["ada"], PROVEN)
    await world.after(1)
    assert (world.health.buffered(PATH, "bob"), world.other.state(PATH)) == (False, PathState.HEALTHY)
    assert world.health.buffered(OTHER, "bob") is None


async def test_three_people_and_a_fifth_move_a_path_in_all_processes(world: World) -> None:
    for person in PEOPLE[:15]:
        assert not world.other.buffered(PATH, person)
    world.report(PEOPLE[:2], MUTED)
    await world.after(1)
    assert world.health.state(PATH) is None
    world.report(PEOPLE[2:3], MUTED)
    await world.after(1)
    assert world.health.buffered(PATH, "ada") is world.other.buffered(PATH, "ada") is True
    assert world.changes == 1  # that it was seen is none


async def test_path_that_is_found_healthy_makes_no_stream_check(world: World) -> None:
    """One account can invent paths, and prove them."""
    for number in range(PATHS_PER_PERSON):
        world.report(["eve"], PROVEN, ClientPath(f"x{number}.example.org"))
        await world.after(1)
    assert world.changes == 0
    await world.make_buffered()
    assert world.changes == 1


async def test_readers_that_report_nothing_count(world: World) -> None:
    world.read(PEOPLE[:16], world.other)
    await world.after(1)
    world.report(PEOPLE[:3], MUTED)
    await world.after(1)
    assert world.health.state(PATH) is None


async def test_reader_who_goes_on_reading_goes_on_counting(world: World) -> None:
    for _ in range(10):
        world.read(PEOPLE[:16], world.other)
        await world.after(NOTED_AGAIN_S)
    world.report(PEOPLE[:3], MUTED)
    await world.after(1)
    assert world.health.state(PATH) is None


async def test_thousand_reports_of_one_account_move_nothing(world: World) -> None:
    for _ in range(1000):
        world.report(["eve"], MUTED)
    await world.after(1)
    assert world.health.state(PATH) is None


async def test_forged_headers_fill_no_list_of_paths(world: World) -> None:
    world.health.buffered(PATH, "ada")
    for number in range(1000):
        forged = ClientPath(f"x{number}.example.org")
        world.health.buffered(forged, "eve")
        world.report(["eve"], MUTED, forged)
    await world.after(1)
    assert len(await world.store.records(world.clock.now)) == 1 + PATHS_PER_PERSON


async def test_reports_that_wait_are_bounded(world: World) -> None:
    world.store.is_away = True
    for _ in range(REPORTS_MAX // 50):
        world.report(PEOPLE, MUTED)
    await world.after(1)
    world.store.is_away = False
    await world.after(1)
    assert world.health.state(PATH) is PathState.BUFFERED


async def test_path_that_was_buffered_is_probed_by_a_few(world: World) -> None:
    await world.make_buffered()
    assert world.streaming() == []
    await world.after(REST_MIN_S)
    assert world.health.state(PATH) is PathState.PROBING
    chosen = world.streaming()
    assert 0 < len(chosen) < 20
    assert chosen == [one for one in PEOPLE if not world.other.buffered(PATH, one)]
    await world.after(60)
    assert world.streaming() == chosen


async def test_proof_of_a_chosen_one_heals_the_path(world: World) -> None:
    await world.make_buffered()
    await world.after(REST_MIN_S)
    chosen = world.streaming()
    world.report([one for one in PEOPLE if one not in chosen], PROVEN)  # of open streams, or invented
    await world.after(1)
    assert world.health.state(PATH) is PathState.PROBING
    world.report(chosen[:1], PROVEN)
    await world.after(1)
    assert world.streaming() == PEOPLE


async def test_mute_of_a_chosen_one_rests_it_for_twice_as_long(world: World) -> None:
    await world.make_buffered()
    await world.after(REST_MIN_S)
    chosen = world.streaming()
    world.report([one for one in PEOPLE if one not in chosen], MUTED)
    await world.after(1)
    assert world.health.state(PATH) is PathState.PROBING
    world.report(chosen[:1], MUTED)
    await world.after(1)
    assert world.health.state(PATH) is PathState.BUFFERED
    await world.after(2 * REST_MIN_S - 1)
    assert world.health.state(PATH) is PathState.BUFFERED
    await world.after(1)
    assert world.health.state(PATH) is PathState.PROBING


async def test_probe_ends_also_if_few_read_the_path(world: World) -> None:
    """Of three people often none is chosen at first: the trickle widens until one is."""
    await world.make_buffered()
    await world.after(REST_MIN_S)
    for _ in range(5):
        world.health.buffered(PATH, PEOPLE[0])
        await world.after(WINDOW_S)
    assert not world.health.buffered(PATH, PEOPLE[0])
    world.report(PEOPLE[:1], PROVEN)
    await world.after(1)
    assert world.health.state(PATH) is PathState.HEALTHY


async def test_override_counts_in_place_of_the_judgement(world: World) -> None:
    await world.make_buffered()
    until = world.clock.now + 60
    for state in (PathState.HEALTHY, PathState.BUFFERED):
        made = Override(state, "why", "ops@example.org", _time(until))
        await world.store.set_override(PATH.key, made, world.clock.now)
        await world.after(1)
        assert world.health.state(PATH) is world.other.state(PATH) is state
        assert world.other.buffered(PATH, "ada") is (state is PathState.BUFFERED)
    await world.store.set_override(PATH.key, Override(PathState.HEALTHY, "why", "ops", _time(until)), world.clock.now)
    await world.after(60)
    assert world.health.state(PATH) is PathState.BUFFERED


async def test_last_judgement_holds_while_the_store_is_away(world: World) -> None:
    await world.make_buffered()
    world.store.is_away = True
    await world.after(KEPT_S - 1)
    assert world.health.buffered(PATH, "ada") is True
    await world.after(1)
    assert (world.health.buffered(PATH, "ada"), world.health.state(PATH)) == (None, None)


async def test_what_is_noted_while_the_store_is_away_is_not_lost(world: World) -> None:
    world.store.is_away = True
    world.report(PEOPLE[:3], MUTED)
    await world.after(1)
    world.store.is_away = False
    await world.after(1)
    assert world.health.state(PATH) is PathState.BUFFERED


async def test_readers_are_noted_again_after_the_store_was_away(world: World) -> None:
    """It may have been emptied: three people would seem to be all readers of the path."""
    world.read(PEOPLE[:16])
    await world.after(1)
    world.store.is_away = True
    await world.after(1)
    world.store.empty()
    world.store.is_away = False
    world.read(PEOPLE[:16])
    await world.after(1)
    world.report(PEOPLE[:3], MUTED)
    await world.after(1)
    assert world.health.state(PATH) is None


async def test_restart_of_a_process_changes_nothing(world: World) -> None:
    await world.make_buffered()
    restarted = SharedPathHealth(world.store, clock=world.clock)
    await restarted.refresh()
    assert restarted.buffered(PATH, "ada") is True


async def test_people_are_kept_as_digests(world: World) -> None:
    given: list[str] = []

    class Watching(MemoryPathStore):
        async def note(self, readers: Collection[Reader], reports: Collection[PathReport], now: float) -> None:
            given.extend([one.person for one in readers] + [one.person for one in reports])

    health = SharedPathHealth(Watching())
    health.buffered(PATH, "ada")
    health.report(PATH, "bob", "page", 1, MUTED)
    await health.refresh()
    assert given == [digest_of("ada"), digest_of("bob")]
    assert not {"ada", "bob"} & set(given)
