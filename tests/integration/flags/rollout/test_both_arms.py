"""A fault hurts those who stream and those who poll: the rollout holds, and does not take itself back."""

import asyncio
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from infra.proxies.behavior import for_streams, mute
from infra.proxies.exchange import Exchange
from infra.proxies.proxy import proxy

from playhead.flags.administration.file_store import FileStore
from tests.integration.flags.rollout.admin import SHARE, Admin, begin, share_in
from tests.integration.flags.rollout.seats import BEHIND, seats
from tests.integration.flags.told import FLAG
from tests.support.audience import audience
from tests.support.crowd import MUTE_S, crowd
from tests.support.flags_data import FlagsData
from tests.support.quick_web import quick_web
from tests.support.site import Site
from tests.support.waiting import START_S, until

TIMINGS = {"look_s": 1.0, "mature_s": 15.0}
"""A page behind these proxies has reported that it showed the end late within 11 s, in both arms: before it counts."""
LATE_S = 8.0
"""How late a long poll is passed on. A page sends its first one before its session ends."""
PEOPLE = 120
"""Of 30 who stream 6 are behind bad proxies, and 18 of 90 who poll."""
LOOKS = 3


async def muted_and_late(x: Exchange) -> None:
    """Mutes streams, and passes long polls on late."""
    if x.record.waits:
        await asyncio.sleep(LATE_S)
    await for_streams(mute(MUTE_S))(x)


def test_fault_in_both_arms_holds(small_site: Site, pages: Path) -> None:
    site = small_site
    path = FlagsData().roll_out(FLAG, 0).save(site.folder / "flags.json")
    with ExitStack() as stack:
        web = stack.enter_context(quick_web(site, TIMINGS, FLAGS_FILE=str(path)))
        admin = stack.enter_context(closing(Admin(site, web)))
        bad = stack.enter_context(proxy(web.port, muted_and_late))
        shown = stack.enter_context(audience(pages, site.folder / "pages.log"))
        group = begin(admin, site, [web], site.folder)
        with crowd(site, shown, seats(site, group, PEOPLE, [web], [bad])) as people:
            until(lambda: people.has_come, "all have come", 2 * START_S)
            admin.until(lambda found: harmed(found, "poll") > PEOPLE // BEHIND // 2, "it has counted polling people")
            admin.until(lambda found: found["rollout"]["state"] == "held", "it holds")
            looks = {admin.look()["rollout"]["looked_at"]}

            def has_looked(found: dict[str, Any]) -> bool:
                looks.add(found["rollout"]["looked_at"])
                return len(looks) > LOOKS

            admin.until(has_looked, "it has looked again")
            found = admin.look()
        assert (found["rollout"]["state"], found["rollout"]["held_by"]) == ("held", "judge")
        assert not admin.decided("roll_back", "advance")
        assert share_in(FileStore(path)) == str(SHARE)


def harmed(found: dict[str, Any], arm: str) -> int:
    """People of an arm who were shown the end late, by the last look."""
    return sum(one[arm]["harmed"] for one in found["rollout"]["harms"] if one["id"] == "final_late")
