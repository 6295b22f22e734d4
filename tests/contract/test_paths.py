"""One suite for every store of paths: what `monitoring.paths` promises."""

import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import redis

from playhead.monitoring.paths.judgement import TRICKLE, WINDOW_S, Evidence, Judgement, PathState, is_chosen
from playhead.monitoring.paths.memory import MemoryPathStore
from playhead.monitoring.paths.ports import (
    OVERRIDES_MAX,
    PATHS_MAX,
    Outcome,
    Override,
    PathReport,
    PathStore,
    Reader,
)
from playhead.monitoring.paths.valkey import ValkeyPathStore
from tests.support.valkey import Valkey
from tests.support.waiting import ANSWER_S

PATH, OTHER = "example.org~2~FRA~-", "example.org~1.1~-~varnish"
PROVEN, MUTED = Outcome.PROVEN, Outcome.MUTED


@pytest.fixture(params=["memory", "valkey"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[PathStore]:
    made: PathStore = MemoryPathStore()
    if request.param == "valkey":
        server: Valkey = request.getfixturevalue("shared_server")
        made = ValkeyPathStore(server.url, namespace=str(uuid.uuid4()))
    yield made
    await made.aclose()


def report(person: str, outcome: Outcome, seq: int = 1, path: str = PATH) -> PathReport:
    return PathReport(path, person, page=f"page of {person}", seq=seq, outcome=outcome)


async def evidence(store: PathStore, now: float, judgement: Judgement | None = None) -> Evidence:
    return (await store.evidence({PATH: judgement}, now))[PATH]


async def test_clock_is_about_the_present(store: PathStore) -> None:
    assert abs(await store.now() - datetime.now(UTC).timestamp()) < 60


async def test_nothing_is_kept_of_a_path_that_nobody_used(store: PathStore) -> None:
    now = await store.now()
    assert await store.records(now) == {}
    assert await store.evidence({}, now) == {}
    assert await evidence(store, now) == Evidence()


async def test_people_are_counted_once(store: PathStore) -> None:
    now = await store.now()
    for _ in range(3):
        await store.note([Reader(PATH, "ada"), Reader(PATH, "bob"), Reader(OTHER, "ada")], [], now)
    assert await evidence(store, now) == Evidence(readers=2)
    assert set(await store.records(now)) == {PATH, OTHER}


async def test_thousand_reports_of_one_person_are_one(store: PathStore) -> None:
    now = await store.now()
    await store.note([], [report("eve", MUTED, seq) for seq in range(1, 1001)], now)
    assert await evidence(store, now) == Evidence(readers=1, muted=1)


async def test_newest_report_of_a_person_counts(store: PathStore) -> None:
    now = await store.now()
    await store.note([], [report("ada", PROVEN, 1), report("ada", MUTED, 2)], now)
    assert await evidence(store, now) == Evidence(readers=1, muted=1)
    await store.note([], [report("ada", PROVEN, 3)], now)
    assert await evidence(store, now) == Evidence(readers=1, proven=1)


@pytest.mark.parametrize("late", [1, 2])
async def test_late_or_repeated_report_is_ignored(store: PathStore, late: int) -> None:
    now = await store.now()
    await store.note([], [report("ada", PROVEN, 2)], now)
    await store.note([], [report("ada", MUTED, late)], now)
    assert await evidence(store, now) == Evidence(readers=1, proven=1)


async def test_page_of_another_person_does_not_silence_mine(store: PathStore) -> None:
    now = await store.now()
    stolen = PathReport(PATH, "eve", "page of ada", seq=10**9, outcome=PROVEN)
    await store.note([], [stolen, report("ada", MUTED)], now)
    assert await evidence(store, now) == Evidence(readers=2, proven=1, muted=1)


async def test_people_count_for_the_window(store: PathStore) -> None:
    now = await store.now()
    await store.note([Reader(PATH, "bob")], [report("ada", MUTED)], now)
    assert await evidence(store, now + WINDOW_S - 1) == Evidence(readers=2, muted=1)
    assert await evidence(store, now + WINDOW_S + 1) == Evidence()


async def test_reports_from_before_the_state_do_not_count(store: PathStore) -> None:
    now = await store.now()
    await store.note([], [report("ada", MUTED)], now - 10)
    await store.note([], [report("bob", MUTED)], now)
    assert await evidence(store, now, Judgement(PathState.HEALTHY, now - 5)) == Evidence(readers=2, muted=1)


async def test_of_a_probe_only_the_chosen_count(store: PathStore) -> None:
    now = await store.now()
    probing = Judgement(PathState.PROBING, now, 300.0)
    people = [f"person {number}" for number in range(200)]
    chosen = [one for one in people if is_chosen(one, probing, TRICKLE)]
    await store.note([], [report(one, MUTED if number % 2 else PROVEN) for number, one in enumerate(people)], now)
    found = await evidence(store, now, probing)
    assert 0 < found.proven + found.muted == len(chosen) < 30
    assert found.readers == 200


async def test_judgements_are_kept(store: PathStore) -> None:
    now = await store.now()
    await store.note([Reader(PATH, "ada"), Reader(OTHER, "ada")], [], now)
    made = Judgement(PathState.BUFFERED, now + 0.123456789, 600.0)
    await store.keep({PATH: made})
    records = await store.records(now)
    assert (records[PATH].judgement, records[OTHER].judgement) == (made, None)


async def test_number_of_paths_is_bounded_and_the_last_seen_stay(store: PathStore) -> None:
    now = await store.now()
    await store.note([Reader(PATH, "ada"), Reader(OTHER, "ada")], [], now)
    buffered = Judgement(PathState.BUFFERED, now, 300.0)
    await store.keep({OTHER: buffered})
    await store.note([Reader(f"x{number}~2~-~-", "eve") for number in range(PATHS_MAX - 1)], [], now + 1)
    await store.note([Reader(PATH, "ada")], [], now + 2)
    records = await store.records(now + 2)
    assert len(records) == PATHS_MAX
    assert next(iter(records)) == PATH
    assert OTHER not in records
    await store.note([Reader(OTHER, "ada")], [], now + 3)  # whoever pushes a path out does not change its judgement
    assert (await store.records(now + 3))[OTHER].judgement == buffered


async def test_override_holds_until_its_time_and_can_be_lifted(store: PathStore) -> None:
    now = await store.now()
    await store.note([Reader(PATH, "ada")], [], now)
    made = Override(PathState.HEALTHY, "«ü»", "ops@example.org", datetime.fromtimestamp(now + 60, UTC))
    assert await store.set_override(PATH, made, now)
    assert (await store.records(now + 59))[PATH].override == made
    assert (await store.records(now + 61))[PATH].override is None
    assert await store.set_override(PATH, None, now)
    assert (await store.records(now))[PATH].override is None


async def test_number_of_overrides_is_bounded(store: PathStore) -> None:
    now = await store.now()
    soon = datetime.fromtimestamp(now, UTC) + timedelta(seconds=60)
    made = Override(PathState.BUFFERED, "why", "ops@example.org", soon)
    for number in range(OVERRIDES_MAX):
        assert await store.set_override(f"x{number}~2~-~-", made, now)
    assert not await store.set_override(PATH, made, now)
    assert await store.set_override("x0~2~-~-", made, now)
    assert await store.set_override(PATH, made, now + 61)


async def test_one_process_of_all_has_the_turn(shared_server: Valkey) -> None:
    namespace = str(uuid.uuid4())
    stores = [ValkeyPathStore(shared_server.url, namespace=namespace) for _ in range(3)]
    assert [await store.take_turn() for store in stores].count(True) == 1
    deadline = time.monotonic() + ANSWER_S
    while not await stores[1].take_turn():
        assert time.monotonic() < deadline, "the turn passes on"
    for store in stores:
        await store.aclose()


async def test_every_key_expires(shared_server: Valkey, client: redis.Redis) -> None:
    namespace = str(uuid.uuid4())
    store = ValkeyPathStore(shared_server.url, namespace=namespace)
    now = await store.now()
    await store.note([Reader(PATH, "ada")], [report("ada", MUTED), report("bob", PROVEN)], now)
    await store.keep({PATH: Judgement(PathState.HEALTHY, now)})
    soon = datetime.fromtimestamp(now + 60, UTC)
    await store.set_override(PATH, Override(PathState.HEALTHY, "why", "ops", soon), now)
    await store.take_turn()
    keys = list(client.scan_iter(match=f"{namespace}:*"))
    assert len(keys) == 9
    assert [key for key in keys if client.pttl(key) <= 0] == []
    await store.aclose()


async def test_what_cannot_be_read_is_nothing(shared_server: Valkey, client: redis.Redis) -> None:
    namespace = str(uuid.uuid4())
    store = ValkeyPathStore(shared_server.url, namespace=namespace)
    now = await store.now()
    await store.note([Reader(PATH, "ada")], [], now)
    client.set(f"{namespace}:path:{PATH}", b'{"state":"of a later release"}')
    client.hset(f"{namespace}:paths:overrides", PATH, b"garbage")
    record = (await store.records(now))[PATH]
    assert (record.judgement, record.override) == (None, None)
    await store.aclose()


async def test_store_that_is_away_is_an_oserror(own_server: Valkey) -> None:
    store = ValkeyPathStore(own_server.url)
    now = await store.now()
    own_server.kill()
    with pytest.raises(ConnectionError):
        await store.note([Reader(PATH, "ada")], [report("ada", MUTED)], now)
    with pytest.raises(ConnectionError):
        await store.records(now)
    own_server.start()
    await store.note([Reader(PATH, "ada")], [report("ada", MUTED)], now)
    assert await evidence(store, now) == Evidence(readers=1, muted=1)
    await store.aclose()
