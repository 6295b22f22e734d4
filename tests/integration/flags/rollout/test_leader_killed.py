"""The process that leads a rollout is killed between the record of a decision and the act: another does it, once."""

import signal
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
from infra.proxies.behavior import passing
from infra.proxies.exchange import Exchange, Manner, forever
from infra.proxies.proxy import Proxy, proxy
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.rollout.models import DecisionRow
from tests.integration.flags.console import Console
from tests.integration.flags.rollout.admin import SHARE, Admin, begin, share_in
from tests.integration.flags.told import FLAG
from tests.support.quick_web import quick_web
from tests.support.seeded import seed_watches
from tests.support.site import Site
from tests.support.unleash import Unleash
from tests.support.waiting import until

TIMINGS = {"look_s": 1.0, "mature_s": 0.1, "lease_s": 6.0}
"""The watches are complete when they are stored. A lease is longer than a request to Unleash may take (5 s)."""
COUNTS = {"streaming": 100, "polling": 300, "harmed": 20}


def holding(*, reaches: bool) -> Manner:
    """Holds back what moves a slider: the request, or what Unleash answers to it."""

    async def manner(x: Exchange) -> None:
        if x.request.line[0] != "PATCH":
            await passing(x)
            return
        if reaches:
            await x.ask()
        await forever()

    return manner


@pytest.mark.parametrize("reaches", [False, True], ids=["before-the-act", "after-the-act"])
def test_leader_killed_between_record_and_act_moves_once(
    large_site: Site, unleash: Unleash, console: Console, settings: dict[str, str], reaches: bool
) -> None:
    site = large_site
    with ExitStack() as stack:
        ways = [stack.enter_context(proxy(urlsplit(unleash.url).port or 0)) for _ in range(2)]
        known = settings | {"UNLEASH_ADMIN_TOKEN": unleash.personal_token}
        by_way = [known | {"UNLEASH_URL": f"http://127.0.0.1:{way.port}"} for way in ways]
        webs = [stack.enter_context(quick_web(site, TIMINGS, **one)) for one in by_way]
        admin = stack.enter_context(closing(Admin(site, webs[0])))
        group = begin(admin, site, webs, site.folder)
        asked, moved = [moves_asked(way) for way in ways], moves_to_nobody(console)
        for way in ways:
            way.behave(holding(reaches=reaches))
        site.database.run(lambda db: seed_watches(db, group, SHARE, **COUNTS))
        until(lambda: [moves_asked(way) for way in ways] != asked, "the leader moves the slider")
        if reaches:
            until(lambda: moves_to_nobody(console) > moved, "Unleash has moved it")
        leader = next(number for number, way in enumerate(ways) if moves_asked(way) > asked[number])
        assert site.database.run(newest_state) == "recorded"
        webs[leader].program.end(signal.SIGKILL)
        admin.go_to(webs[1 - leader])
        ways[1 - leader].behave(passing)

        admin.until(lambda found: found["rollout"] is None, "the other process has finished it")
        (decision,) = admin.decided("roll_back")
        assert (decision["state"], decision["share_to"]) == ("acted", 0)
        assert share_in(console) == "0"
        assert moves_to_nobody(console) == moved + 1


def newest_state(db: Db) -> str:
    """Of the newest decision."""
    return db.scalars(select(DecisionRow.state).order_by(DecisionRow.id.desc()).limit(1)).one()


def moves_asked(way: Proxy) -> int:
    return sum(record.method == "PATCH" for record in way.records)


def moves_to_nobody(console: Console) -> int:
    """How often Unleash has moved the slider to 0."""
    events = console.ask("GET", f"admin/search/events?feature=IS:{FLAG}&type=IS:feature-strategy-update&limit=100")
    return sum(event["data"]["parameters"]["rollout"] == "0" for event in events["events"])
