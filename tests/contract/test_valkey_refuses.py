"""A server that refuses to store, or holds what cannot be right: messages go out all the same, in order."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from playhead.live.broker.keys import KEYS
from playhead.live.broker.ports import topic_of
from playhead.live.broker.sender import ValkeySender
from playhead.live.clock import now
from playhead.live.publisher import StatusPublisher
from playhead.sessions.status import Stage, Status, encode
from tests.support.fakes import a_status
from tests.support.pubsub_broker import Broker, valkey_broker
from tests.support.valkey import Valkey, valkey
from tests.support.waiting import async_until, until

OLD = now() - timedelta(minutes=1)
"""When what a restored database does not know of was sent: longer ago than clocks differ."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refusing")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Valkey]:
    """One that these tests configure; each leaves it as it was."""
    with valkey(folder) as server:
        yield server


@pytest.fixture
def admin(server: Valkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url) as client:
        yield client


@pytest.fixture
async def broker(server: Valkey) -> AsyncIterator[Broker]:
    broker = valkey_broker(server.url)
    yield broker
    await broker.close()


Change = Callable[[redis.Redis, Path], object]


def permit(admin: redis.Redis, *rules: str) -> None:
    """Change what everybody may do there; redis-py's own method would take all else away."""
    admin.execute_command("ACL SETUSER", "default", *rules)  # type: ignore[no-untyped-call]


def without_memory(admin: redis.Redis, _: Path) -> None:
    admin.config_set("maxmemory", 1)


def without_replicas(admin: redis.Redis, _: Path) -> None:
    admin.config_set("min-replicas-to-write", 1)


def replica(admin: redis.Redis, _: Path) -> None:
    admin.replicaof("127.0.0.1", "1")


def replica_of_nothing(admin: redis.Redis, _: Path) -> None:
    admin.config_set("replica-serve-stale-data", "no")
    admin.replicaof("127.0.0.1", "1")


def with_a_bad_disk(admin: redis.Redis, folder: Path) -> None:
    (folder / "dump.rdb").mkdir()  # where its file should go
    admin.config_set("save", "3600 1")
    admin.bgsave()
    until(lambda: admin.info("persistence")["rdb_last_bgsave_status"] == "err")


def without_scripts(admin: redis.Redis, _: Path) -> None:
    permit(admin, "-eval")


@pytest.fixture
def healed(admin: redis.Redis, folder: Path) -> Iterator[Callable[[], None]]:
    """Makes all of it good again, at the end at the latest."""

    def heal() -> None:
        admin.replicaof("NO", "ONE")
        permit(admin, "+eval", "+publish", "allchannels")
        values: dict[str, str | int] = {
            "maxmemory": 0,
            "min-replicas-to-write": 0,
            "replica-serve-stale-data": "yes",
            "save": "",
        }
        for name, value in values.items():
            admin.config_set(name, value)
        if (folder / "dump.rdb").is_dir():
            (folder / "dump.rdb").rmdir()

    yield heal
    heal()


def reported(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """The first words of each log line, and the job that it names."""
    return [(record.getMessage().partition(":")[0], vars(record)["id"]) for record in caplog.records]


@pytest.mark.parametrize(
    "refusing", [without_memory, without_replicas, replica, replica_of_nothing, with_a_bad_disk, without_scripts]
)
async def test_message_goes_out_without_its_snapshot(
    broker: Broker,
    admin: redis.Redis,
    folder: Path,
    one: str,
    refusing: Change,
    healed: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    hers = topic_of(f"ada-{one}")
    listener = await broker.listener(one, hers)
    refusing(admin, folder)
    for version in (1, 2, 3):
        await broker.send(a_status(version=version, session_id=one), owner_id=f"ada-{one}")
    await async_until(lambda: listener.versions(one) == listener.versions(hers) == [1, 2, 3])
    assert reported(caplog) == [("snapshots are not stored", one)]
    assert listener.gaps(one) == 1, "and its listener stays connected"
    healed()
    assert await listener.snapshot(one) is None
    await broker.send(a_status(version=4, session_id=one))
    held = await listener.snapshot(one)
    assert held is not None
    assert held.version == 4


@pytest.mark.parametrize("refusing", [without_memory, without_replicas, replica, with_a_bad_disk])
def test_epoch_is_given_by_a_server_that_stores_nothing(
    server: Valkey, admin: redis.Redis, folder: Path, one: str, refusing: Change, healed: Callable[[], None]
) -> None:
    sender: ValkeySender[Status] = ValkeySender(server.url)
    before = sender.next_epoch(one)
    refusing(admin, folder)
    assert sender.next_epoch(one) > before
    sender.close()


@pytest.mark.parametrize("refusing", [replica_of_nothing, without_scripts])
def test_task_goes_on_where_the_server_gives_no_epoch(
    server: Valkey, admin: redis.Redis, folder: Path, one: str, refusing: Change, healed: Callable[[], None]
) -> None:
    sender: ValkeySender[Status] = ValkeySender(server.url)
    publisher = StatusPublisher(sender)
    refusing(admin, folder)
    assert publisher.next_epoch(one) is None
    healed()
    assert publisher.next_epoch(one) is not None
    publisher.close()


async def test_late_status_is_dropped_where_nothing_new_is_stored(
    broker: Broker, admin: redis.Redis, folder: Path, one: str, healed: Callable[[], None]
) -> None:
    listener = await broker.listener(one)
    await broker.send(a_status(version=2_000_001, session_id=one))
    without_memory(admin, folder)
    await broker.send(a_status(version=1_000_009, session_id=one), a_status(version=2_000_002, session_id=one))
    await async_until(lambda: listener.versions(one) == [2_000_001, 2_000_002])


async def test_sender_connects_anew_where_its_server_is_no_primary_any_more(
    server: Valkey, admin: redis.Redis, folder: Path, one: str, healed: Callable[[], None]
) -> None:
    sender: ValkeySender[Status] = ValkeySender(server.url)
    sender.send([(a_status(version=1, session_id=one), "ada")])
    replica(admin, folder)

    def connections() -> int:
        return int(admin.info("stats")["total_connections_received"])

    before = connections()
    for version in (2, 3):
        sender.send([(a_status(version=version, session_id=one), "ada")])
    assert connections() == before + 1
    sender.close()


def of_another_history(one: str) -> bytes:
    return encode(a_status(version=9_000_001, session_id=one, updated_at=OLD))


BAD: dict[str, bytes] = {
    "garbage": b"\xff\x00 garbage",
    "empty": b"",
    "another document": b'{"stage": "of a newer worker"}',
    "a version alone": b'{"version":9000001}',
    "no number": b'{"version":"x"}',
}


@pytest.mark.parametrize("bad", [*BAD.values(), of_another_history], ids=[*BAD, "of another history"])
async def test_snapshot_that_cannot_be_right_is_replaced(
    broker: Broker,
    admin: redis.Redis,
    one: str,
    bad: bytes | Callable[[str], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    listener = await broker.listener(one)
    admin.set(KEYS.channel(one), bad if isinstance(bad, bytes) else bad(one), ex=60)
    await broker.send(a_status(version=1_000_001, session_id=one), a_status(version=1_000_002, session_id=one))
    await async_until(lambda: listener.versions(one) == [1_000_001, 1_000_002])
    held = await listener.snapshot(one)
    assert held is not None
    assert held.version == 1_000_002
    assert reported(caplog) == [("a wrong snapshot was held", one)]


async def test_snapshot_of_another_type_is_replaced(broker: Broker, admin: redis.Redis, one: str) -> None:
    listener = await broker.listener(one, one + "-other")
    admin.rpush(KEYS.channel(one), "a", "list")
    await broker.send(*(a_status(version=1, session_id=name) for name in (one, one + "-other")))
    await async_until(lambda: listener.versions(one) == listener.versions(one + "-other") == [1])
    assert await listener.snapshot(one)


async def test_older_attempt_whose_clock_is_ahead_a_little_is_dropped(broker: Broker, one: str) -> None:
    listener = await broker.listener(one)
    made = now()
    await broker.send(a_status(version=2_000_001, session_id=one, updated_at=made))
    await broker.send(a_status(version=1_000_009, session_id=one, updated_at=made + timedelta(seconds=3)))
    await broker.send(a_status(Stage.COMPLETED, 2_000_002, session_id=one))
    await async_until(lambda: 2_000_002 in listener.versions(one))
    assert listener.versions(one) == [2_000_001, 2_000_002]


def test_refused_statuses_are_returned_and_the_others_sent(
    server: Valkey, admin: redis.Redis, one: str, healed: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    channels = f"&{KEYS.statuses}{one}*", f"&{KEYS.statuses}{topic_of('ada')}"
    permit(admin, "-eval", "resetchannels", *channels)
    sender: ValkeySender[Status] = ValkeySender(server.url)
    batch = [(a_status(version=1, session_id=name), "ada") for name in (one, "elsewhere", one + "-2")]
    assert sender.send(batch) == [batch[1]]
    assert ("a status was refused", "elsewhere") in reported(caplog)
    sender.close()


def test_status_that_may_not_be_sent_is_refused_again(
    server: Valkey, admin: redis.Redis, one: str, healed: Callable[[], None]
) -> None:
    permit(admin, "-publish")
    sender: ValkeySender[Status] = ValkeySender(server.url)
    batch = [(a_status(version=1, session_id=one), "ada")]
    assert [sender.send(batch), sender.send(batch)] == [batch, batch]
    sender.close()


def test_status_that_no_document_can_be_made_of_holds_no_other_up(server: Valkey, one: str) -> None:
    sender: ValkeySender[Status] = ValkeySender(server.url)
    bad: Status = a_status(version=1, session_id=one + "-bad", message="\ud800")
    assert sender.send([(bad, "ada"), (a_status(version=1, session_id=one), "ada")]) == []
    sender.close()
    with redis.Redis.from_url(server.url) as client:
        assert client.exists(KEYS.channel(one))
