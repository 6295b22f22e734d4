"""Where the people of a rollout sit: 20 % of those who stream, and of those who poll, are behind bad proxies."""

from collections.abc import Sequence
from operator import itemgetter

from infra.proxies.proxy import Proxy

from tests.integration.flags.rollout.admin import SHARE
from tests.integration.flags.told import within
from tests.support.crowd import Seat
from tests.support.site import Person, Site, Web

BEHIND = 5
"""One of so many people is behind a bad proxy."""
LETTERS = str.maketrans("0123456789-", "ghijklmnopq")
LETTERS_MAX = 20
"""In the name of a proxy a number is any number, and 32 characters count (`live.path`)."""


def seats(site: Site, group: str, count: int, webs: Sequence[Web], proxies: Sequence[Proxy]) -> list[Seat]:
    """Seats so many people, of whom exactly `SHARE` percent are drawn for streams, alike over the processes.

    Every fifth of each arm sits behind the bad proxy of their process. Their sessions end soon, and so do those of as
    many others.
    """
    people = site.people(2 * count)
    drawn = within(SHARE, people, site.folder, group)
    ids = {person.id for person in drawn}
    streaming = count * SHARE // 100
    arms = drawn[:streaming], [person for person in people if person.id not in ids][: count - streaming]
    assert [len(arm) for arm in arms] == [streaming, count - streaming]
    places = list(zip(webs, proxies, strict=True))
    found = [
        (number / len(arm), _seat(number, person, *places[number // BEHIND % len(places)]))
        for arm in arms
        for number, person in enumerate(arm)
    ]
    return [seat for _, seat in sorted(found, key=itemgetter(0))]  # the arms come alike at any time


def _seat(number: int, person: Person, web: Web, proxy: Proxy) -> Seat:
    if number % BEHIND:
        return Seat(person, _api(web.port), is_short=number % BEHIND == 1)
    # Each bad proxy is another network: of one that many share, the health of paths would tell the others within
    # seconds (`test_path_turns_bad`), before anything could be certain about the rollout.
    network = person.id.translate(LETTERS)[-LETTERS_MAX:]
    return Seat(person, _api(proxy.port), {"Via": f"1.1 {network}.example"}, is_short=True)


def _api(port: int) -> str:
    return f"http://127.0.0.1:{port}/api/v1"
