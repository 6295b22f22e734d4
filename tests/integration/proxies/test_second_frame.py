"""Why a second frame follows the first after about a second: some antivirus holds each message until the next one.

Kaspersky's held the first message of a stream until a second came: of a site with a heartbeat a minute, for a minute.
The early heartbeat frees what came before it; it also proves to the browser that the path delivers.
"""

import asyncio
from contextlib import aclosing, closing

from infra.proxies.proxy import proxy

from tests.support.connection import Connection
from tests.support.site import Site, Web

FREED_S = 30.0
"""The second frame comes after about a second, and the next heartbeat of this web process after a minute."""


async def test_waiting_session_is_shown_where_each_event_waits_for_the_next(site: Site, web: Web) -> None:
    person = site.person()
    path = f"/api/v1/sessions/{site.session(person)}/status/stream"
    with proxy(web.port, "one-behind") as way, closing(await Connection.open(way.port, path, person.headers)) as stream:
        async with asyncio.timeout(FREED_S), aclosing(stream.events()) as events:
            assert [(await anext(events)).event for _ in range(2)] == ["hello", "status"]
