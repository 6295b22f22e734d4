"""Load: hundreds of readers come and go, again and again. The memory of the process stops growing."""

import asyncio
from contextlib import aclosing

from tests.support.connection import Connection
from tests.support.site import Person, Site, Web
from tests.support.waiting import async_until

PEOPLE, EACH = 20, 20
"""400 in a round; several people, because a person may open 120 streams a minute."""
AT_ONCE = 20
GROWTH_KB = 4096
"""10 kB for each reader of a round; a leaked stream would be three times that."""
ROUNDS = 4
"""The first ones fill caches and pools, more of them on a busy machine. A leak grows in each round."""


async def test_memory_stops_growing(site: Site) -> None:
    people = site.people(PEOPLE)
    sessions = [site.session(person) for person in people]
    with site.web() as web:
        held_kb = [await held_after_a_round(site, web, people, sessions)]
        while len(held_kb) < 2 or held_kb[-1] - held_kb[-2] >= GROWTH_KB:
            assert len(held_kb) < ROUNDS, f"it grows: {held_kb} KB"
            held_kb.append(await held_after_a_round(site, web, people, sessions))


async def held_after_a_round(site: Site, web: Web, people: list[Person], sessions: list[str]) -> int:
    """Lets all readers come and go; returns the memory of the process after that, in kB."""
    limit = asyncio.Semaphore(AT_ONCE)
    visits = (
        visit(web, person, session_id, limit)
        for person, session_id in zip(people, sessions, strict=True)
        for _ in range(EACH)
    )
    await asyncio.gather(*visits)
    await async_until(lambda: not site.followed(*sessions), "no stream is open")
    return web.memory_kb()


async def visit(web: Web, person: Person, session_id: str, limit: asyncio.Semaphore) -> None:
    """Opens a stream, reads the first status, and disconnects."""
    async with limit:
        connection = await Connection.open(web.port, f"/api/v1/sessions/{session_id}/status/stream", person.headers)
        assert connection.status == 200
        async with aclosing(connection.events()) as events:
            assert [(await anext(events)).event for _ in range(2)] == ["hello", "status"]
        connection.close()
