"""One suite for every store of tickets: what `accounts.tickets` promises."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from redis.asyncio import Redis

from playhead.accounts.models import Credential
from playhead.accounts.tickets.memory import MemoryTicketStore
from playhead.accounts.tickets.ports import LIFE_S, OUTSTANDING_MAX, Ticket, TicketStore
from playhead.accounts.tickets.tickets import RETRY_AFTER_S, Tickets, digest_of
from playhead.accounts.tickets.valkey import CONNECTIONS_MAX, ValkeyTicketStore
from playhead.errors import Problem
from tests.support.valkey import Valkey

SHORT_S = 0.2
LOOK_S, DEADLINE_S = 0.02, 10.0
LOGIN = Credential("login", "of ada")
TICKET = Ticket(user_id="ada", credential=LOGIN, session_id="s")
MakeStore = Callable[[float], TicketStore]


@pytest.fixture(params=["memory", "valkey"])
async def make_store(request: pytest.FixtureRequest) -> AsyncIterator[MakeStore]:
    """Makes a store whose tickets live for so long."""
    made: list[TicketStore] = []

    def make(life_s: float) -> TicketStore:
        if request.param == "valkey":
            server: Valkey = request.getfixturevalue("shared_server")
            made.append(ValkeyTicketStore(server.url, namespace=str(uuid.uuid4()), life_s=life_s))
        else:
            made.append(MemoryTicketStore(life_s=life_s))
        return made[-1]

    yield make
    for store in made:
        await store.aclose()


@pytest.fixture
def store(make_store: MakeStore) -> TicketStore:
    return make_store(LIFE_S)


async def refused(given: Awaitable[object]) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        await given
    return caught.value.status, caught.value.code


async def test_ticket_is_spent_as_it_was_kept_and_only_once(store: TicketStore) -> None:
    of_all = msgspec.structs.replace(TICKET, session_id=None)
    assert await store.keep("1", TICKET)
    assert await store.keep("2", of_all)
    assert [await store.spend("1"), await store.spend("1"), await store.spend("3")] == [TICKET, None, None]
    assert await store.spend("2") == of_all


async def test_one_of_many_callers_at_once_gets_a_ticket(store: TicketStore) -> None:
    await store.keep("1", TICKET)
    found = await asyncio.gather(*(store.spend("1") for _ in range(20)))
    assert [one for one in found if one is not None] == [TICKET]


async def test_expired_ticket_is_gone_and_counts_no_more(make_store: MakeStore) -> None:
    store = make_store(SHORT_S)
    secret = (await Tickets(store).issue("ada", LOGIN, "s")).secret
    for number in range(OUTSTANDING_MAX - 1):
        await store.keep(str(number), TICKET)
    assert not await store.keep("more", TICKET)
    async with asyncio.timeout(DEADLINE_S):
        while not await store.keep("later", TICKET):  # noqa: ASYNC110 - it has a deadline
            await asyncio.sleep(LOOK_S)
    assert await refused(Tickets(store).take(secret, "s")) == (401, "ticket_refused")
    assert await store.spend("later") == TICKET


async def test_person_has_few_unspent_tickets_and_takes_none_of_others(store: TicketStore) -> None:
    for number in range(OUTSTANDING_MAX):
        assert await store.keep(str(number), TICKET)
    assert not await store.keep("more", TICKET)
    assert await store.spend("more") is None
    assert await store.keep("of bob", msgspec.structs.replace(TICKET, user_id="bob"))
    assert await store.spend("0") == TICKET
    assert await store.keep("next", TICKET)
    assert not await store.keep("more", TICKET)


async def test_ticket_is_for_one_session_and_spent_by_a_wrong_one(store: TicketStore) -> None:
    tickets = Tickets(store)
    for session_id, wrong in (("s", "t"), ("s", None), (None, "s")):
        secret = (await tickets.issue("ada", LOGIN, session_id)).secret
        assert await refused(tickets.take(secret, wrong)) == (401, "ticket_refused")
        assert await refused(tickets.take(secret, session_id)) == (401, "ticket_refused")
        secret = (await tickets.issue("ada", LOGIN, session_id)).secret
        assert await tickets.take(secret, session_id) == msgspec.structs.replace(TICKET, session_id=session_id)


@pytest.mark.parametrize("text", ["", "\0", "x" * 100_000, "é\ud800", "*"])
async def test_text_that_is_no_ticket_is_refused(store: TicketStore, text: str) -> None:
    assert await refused(Tickets(store).take(text, "s")) == (401, "ticket_refused")


async def test_too_many_tickets_are_refused_with_a_time(store: TicketStore) -> None:
    tickets = Tickets(store)
    for _ in range(OUTSTANDING_MAX):
        await tickets.issue("ada", LOGIN, "s")
    with pytest.raises(Problem) as caught:
        await tickets.issue("ada", LOGIN, "s")
    assert (caught.value.status, caught.value.code) == (429, "too_many_tickets")
    assert caught.value.retry_after_s == RETRY_AFTER_S


async def test_without_its_store_a_ticket_is_neither_issued_nor_taken(unused_tcp_port: int) -> None:
    store = ValkeyTicketStore(f"redis://127.0.0.1:{unused_tcp_port}")
    tickets = Tickets(store)
    assert await refused(tickets.issue("ada", LOGIN, "s")) == (503, "store_gone")
    assert await refused(tickets.take("a secret", "s")) == (503, "store_gone")
    await tickets.aclose()


async def test_flood_of_tickets_takes_few_connections_and_refuses_nobody(shared_server: Valkey) -> None:
    name = str(uuid.uuid4())
    store = ValkeyTicketStore(f"{shared_server.url}?client_name={name}", namespace=name)
    await store.keep("1", TICKET)
    found = await asyncio.gather(*(store.spend(str(number)) for number in range(300)))
    assert [one for one in found if one is not None] == [TICKET]
    async with Redis.from_url(shared_server.url) as client:
        assert sum(one["name"] == name for one in await client.client_list()) <= CONNECTIONS_MAX
    await store.aclose()


async def test_redis_has_no_secret_and_forgets_everything(shared_server: Valkey) -> None:
    namespace = str(uuid.uuid4())
    store = ValkeyTicketStore(shared_server.url, namespace=namespace)
    secret = (await Tickets(store).issue("ada", LOGIN, "s")).secret
    async with Redis.from_url(shared_server.url) as client:
        held = sorted([key async for key in client.scan_iter(f"{namespace}:*")])
        ticket, person = held
        assert ticket.endswith(digest_of(secret).encode())
        kept = [*held, await client.get(ticket), *await client.zrange(person, 0, -1)]
        assert secret.encode() not in b" ".join(kept)
        for key in held:
            assert 0 < await client.pttl(key) <= LIFE_S * 1000
    await store.aclose()
