"""Hundreds of readers come and go: the process holds no more after the second half than after the first."""

import asyncio
from contextlib import aclosing

from tests.support.connection import Connection
from tests.support.readers import measured
from tests.support.site import Person, Site, Web
from tests.support.waiting import async_until

PEOPLE, EACH = 20, 30
"""600 in a half, and a person may open 120 streams a minute."""
AT_ONCE = 20
GROWTH_KB = 4096
"""7 kB for each of the second half; a stream that stayed would be four times that."""


async def test_memory_is_flat(site: Site) -> None:
    people = site.people(PEOPLE)
    sessions = [site.session(person) for person in people]
    held_kb = []
    with site.web() as web:
        for _ in range(2):
            places = asyncio.Semaphore(AT_ONCE)
            visits = (
                visit(web, person, session_id, places)
                for person, session_id in zip(people, sessions, strict=True)
                for _ in range(EACH)
            )
            await asyncio.gather(*visits)
            await async_until(lambda: not site.followed(*sessions), "nobody listens any more")
            held_kb.append(web.memory_kb())
    measured.info("%d, then %d KB after %d more", *held_kb, PEOPLE * EACH)
    assert held_kb[1] - held_kb[0] < GROWTH_KB


async def visit(web: Web, person: Person, session_id: str, places: asyncio.Semaphore) -> None:
    """Come, read where things stand, and leave."""
    async with places:
        connection = await Connection.open(web.port, f"/api/v1/sessions/{session_id}/status/stream", person.headers)
        assert connection.status == 200
        async with aclosing(connection.events()) as events:
            assert [(await anext(events)).event for _ in range(2)] == ["hello", "status"]
        connection.close()
