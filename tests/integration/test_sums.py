"""The sums of several processes are in the database within a flush, and any of them answers with those of all."""

from contextlib import ExitStack
from typing import Any

import httpx

from tests.support.site import Person, Site, Web
from tests.support.waiting import ANSWER_S, until

HEALTH = "/api/v1/admin/health"


def health(web: Web, admin: Person) -> Any:
    answer = httpx.get(f"{web.url}{HEALTH}?range=hour", headers=admin.headers)
    assert answer.status_code == 200
    return answer.json()


def refusals(found: Any) -> int:
    """How often the route itself was refused to somebody; no other test asks for it here."""
    errors = found["shares"]["errors"]
    return sum(one["count"] for one in errors if (one["route"], one["status"]) == (HEALTH, "4xx"))


def test_sums_of_two_web_processes_are_those_of_both(site: Site, web: Web, other_web: Web) -> None:
    admin, reader = site.people(2)
    site.make_admins([admin])
    path = f"/api/v1/sessions/{site.session(reader)}/status/stream"
    before = refusals(health(web, admin))
    with ExitStack() as stack:
        for one in [web] * 3 + [other_web] * 2:
            assert httpx.get(f"{one.url}{HEALTH}", headers=reader.headers).status_code == 403
            stream = stack.enter_context(httpx.stream("GET", f"{one.url}{path}", headers=reader.headers))
            assert stream.status_code == 200

        def are_counted() -> bool:
            found = [health(one, admin) for one in (web, other_web)]
            return all(
                refusals(one) == before + 5 and one["now"]["streams_open"] >= 5 and one["processes"]["web"] >= 2
                for one in found
            )

        until(are_counted, "all five are counted", ANSWER_S, look_s=1.0)
