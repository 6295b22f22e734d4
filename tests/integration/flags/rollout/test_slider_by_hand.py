"""Somebody moves the slider in Unleash during a rollout: it is watched, and left alone."""

import time
from contextlib import closing

from tests.integration.flags.console import Console
from tests.integration.flags.rollout.admin import Admin, begin, share_in
from tests.integration.flags.told import FLAG
from tests.support.quick_web import quick_web
from tests.support.readers import measured
from tests.support.seeded import seed_watches
from tests.support.site import Site
from tests.support.unleash import Unleash

TIMINGS = {"look_s": 1.0, "mature_s": 0.1}
"""The watches are complete when they are stored."""
BY_HAND = 30
STREAMING, POLLING, HARMED = 120, 280, 24


def test_slider_moved_by_hand_is_left_alone(
    large_site: Site, unleash: Unleash, console: Console, settings: dict[str, str]
) -> None:
    site, known = large_site, settings | {"UNLEASH_ADMIN_TOKEN": unleash.personal_token}
    with quick_web(site, TIMINGS, **known) as web, closing(Admin(site, web)) as admin:
        group = begin(admin, site, [web], site.folder)
        console.roll_out(FLAG, BY_HAND)
        admin.until(lambda found: found["rollout"]["state"] == "manual", "a hand was seen")
        counts = {"streaming": STREAMING, "polling": POLLING, "harmed": HARMED}
        site.database.run(lambda db: seed_watches(db, group, BY_HAND, **counts))
        admin.until(
            lambda found: (
                [one["stream"]["harmed"] for one in found["rollout"]["harms"] if one["id"] == "mute"] == [HARMED]
            ),
            "the harm was counted",
        )
        last = admin.look()["rollout"]["looked_at"]
        admin.until(lambda found: found["rollout"]["looked_at"] > last, "it looks again")
        found = admin.look()
        assert (found["rollout"]["state"], found["share"], share_in(console)) == ("manual", BY_HAND, str(BY_HAND))
        assert not [one for one in admin.decided("roll_back", "advance") if one["state"] == "acted"]
        began = time.monotonic()
        assert admin.order("stop")["rollout"] is None
        measured.info("stopped by hand after %.2f s", time.monotonic() - began)
        assert share_in(console) == str(BY_HAND)
