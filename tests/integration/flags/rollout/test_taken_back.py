"""20 % of the streams are muted by proxies: the rollout takes itself back, and nobody loses a word."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

from infra.proxies.behavior import for_streams, mute
from infra.proxies.proxy import proxy

from playhead.flags.administration.file_store import FileStore
from playhead.flags.administration.store import Store
from tests.integration.flags.console import Console
from tests.integration.flags.rollout.admin import SHARE, Admin, begin, share_in
from tests.integration.flags.rollout.seats import seats
from tests.integration.flags.told import FLAG
from tests.support.audience import audience
from tests.support.crowd import MUTE_S, crowd
from tests.support.flags_data import FlagsData
from tests.support.programs import cpu_s
from tests.support.quick_web import quick_web
from tests.support.readers import measured
from tests.support.site import Site, Web
from tests.support.unleash import Unleash
from tests.support.waiting import START_S, until

TIMINGS = {"look_s": 1.0, "mature_s": 12.0}
"""A page whose stream is muted shows the end late, and reports that, within 11 s. With the times of the product, 10
and 40 s, it is taken back after 50 s in place of 15, by the same decision: measured, and too long for each run."""
BAKE_S = 300.0
"""Within so much bake it is to be taken back."""
COME_S = 2 * START_S
"""For the pages of so many people, on two cores that are shared."""
TOLD_MIN = 5
"""Good streams that are open when it is decided, at least: few decide it, and on a slow machine few have come."""
PEOPLE = 160
"""Of the 40 who stream 8 are harmed; 6 are enough for the decision."""


def test_rollout_by_a_file_on_sqlite_is_taken_back(small_site: Site, pages: Path) -> None:
    path = FlagsData().roll_out(FLAG, 0).save(small_site.folder / "flags.json")
    with quick_web(small_site, TIMINGS, FLAGS_FILE=str(path)) as web:
        is_taken_back(small_site, [web], FileStore(path), pages)


def test_rollout_by_unleash_of_two_processes_is_taken_back(
    large_site: Site, unleash: Unleash, console: Console, settings: dict[str, str], pages: Path
) -> None:
    known = settings | {"UNLEASH_ADMIN_TOKEN": unleash.personal_token}
    with quick_web(large_site, TIMINGS, **known) as one, quick_web(large_site, TIMINGS, **known) as other:
        is_taken_back(large_site, [one, other], console, pages)


def is_taken_back(site: Site, webs: Sequence[Web], store: Store, pages: Path) -> None:
    """Checks it with people whose pages are spread over these processes."""
    with ExitStack() as stack:
        admin = stack.enter_context(closing(Admin(site, webs[0])))
        bad = [stack.enter_context(proxy(web.port, for_streams(mute(MUTE_S)))) for web in webs]
        shown = stack.enter_context(audience(pages, site.folder / "pages.log"))
        group = begin(admin, site, webs, site.folder)
        since = datetime.fromisoformat(admin.look()["rollout"]["since"])
        before_s = [cpu_s(web.program.pid) for web in webs]
        with crowd(site, shown, seats(site, group, PEOPLE, webs, bad)) as people:
            admin.until(lambda found: found["rollout"] is None, "it has ended", COME_S)
            until(lambda: people.has_come, "all have come", COME_S)
            until(lambda: "stream" not in {page.mode for page in shown.pages.values()}, "nobody streams")
        until(lambda: not people.lacking(), "all have the end of their session and each of its words")

        (decision,) = admin.decided("roll_back")
        assert (decision["by"], decision["state"]) == ("the judge", "acted")
        assert (decision["share_from"], decision["share_to"]) == (SHARE, 0)
        assert decision["sentence"].startswith(f"Rolled back from {SHARE}%: ")
        found = admin.look()
        assert (found["share"], found["is_allowed"], share_in(store)) == (0, True, "0")
        assert store.read().is_on("sse.allowed"), "the kill switch is left alone"
        past = found["past"][0]
        assert (past["group"], past["outcome"], past["is_dry_run"]) == (group, "rolled_back", False)
        decided_at = datetime.fromisoformat(decision["at"])
        assert (decided_at - since).total_seconds() < BAKE_S
        good = [people.page(seat) for seat in people.seats if not seat.headers]
        told = [end for page in good if (end := page.stream_end(decided_at.timestamp())) is not None]
        assert len(told) >= TOLD_MIN
        assert {end.reason for end in told} == {"flag_off"}

        spent_s = [cpu_s(web.program.pid) - s for web, s in zip(webs, before_s, strict=True)]
        measured.info("taken back after %.0f s: %s", (decided_at - since).total_seconds(), decision["sentence"])
        measured.info("the last stream ended %.1f s later", max(end.at for end in told) - decided_at.timestamp())
        measured.info("CPU: processes %s s, %d pages %.1f s", spent_s, PEOPLE, cpu_s(shown.pid))
