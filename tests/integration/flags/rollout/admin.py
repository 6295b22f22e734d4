"""An admin of a rollout, who asks the routes of a web process."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from playhead.flags.administration.catalogue import catalogue
from playhead.flags.administration.store import Store
from tests.integration.flags.told import ASK_S, FLAG, STREAM, transports, within
from tests.support.programs import END_S
from tests.support.site import Site, Web
from tests.support.waiting import START_S, until

FIRST_SHARE, SHARE = 5, 25
"""Of the delivered plan's first stage, and where these tests begin: of 160 people 40 stream."""
MANY = 100
"""People of whom somebody streams at `SHARE` and not before, but for once in 10^9 tests."""
LOOK_S = 1.0
"""Between two looks: an admin may look 120 times a minute."""


class Admin:
    """Looks at the rollout, and gives orders."""

    def __init__(self, site: Site, web: Web) -> None:
        person = site.person()
        site.make_admins([person])
        self._http = httpx.Client(headers=person.headers, timeout=END_S, trust_env=False, verify=False)
        self.go_to(web)

    def go_to(self, web: Web) -> None:
        """From now on asks this process."""
        self._http.base_url = httpx.URL(f"{web.url}/api/v1/admin/rollout/")

    def close(self) -> None:
        self._http.close()

    def look(self) -> dict[str, Any]:
        """The document about the rollout."""
        return _document(self._http.get(str(self._http.base_url).rstrip("/")))

    def order(self, action: str, **more: object) -> dict[str, Any]:
        """Gives an order, and returns the document."""
        return _document(self._http.post(action, json={"reason": "a test of rollouts", **more}))

    def decided(self, *decisions: str) -> list[dict[str, Any]]:
        """The decisions of these kinds about the newest rollout, newest first."""
        made = self.look()["decisions"]
        return [one for one in made if one["rollout"] == made[0]["rollout"] and one["decision"] in decisions]

    def until(self, holds: Callable[[dict[str, Any]], object], what: str, timeout_s: float = START_S) -> None:
        """Waits until a condition holds for the document; at the deadline the last one is shown."""
        last: dict[str, Any] = {}

        def look() -> bool:
            last.update(self.look())
            return bool(holds(last))

        try:
            until(look, what, timeout_s, LOOK_S)
        except AssertionError as error:
            shown = {name: last.get(name) for name in ("share", "trouble", "rollout")}
            raise AssertionError(f"{error}: {shown}, {last.get('decisions', [])[:3]}") from error


def _document(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


def begin(admin: Admin, site: Site, webs: Sequence[Web], folder: Path) -> str:
    """Begins a rollout that acts, at `SHARE`, and waits until the processes have that; returns its group."""
    admin.order("start", dry_run=False)
    group: str = admin.order("move", share=SHARE)["rollout"]["group"]
    people = site.people(MANY)
    before = within(FIRST_SHARE, people, folder, group)
    drawn = next(person for person in within(SHARE, people, folder, group) if person not in before)

    def has_it() -> bool:
        return all(transports(web, [drawn]) == [STREAM] for web in webs)

    until(has_it, "the processes have the share", look_s=ASK_S)
    return group


def share_in(store: Store) -> str | None:
    """Where the slider is, as the store of the flags says."""
    return next(entry.rollout for entry in catalogue(store.read()) if entry.name == FLAG)
