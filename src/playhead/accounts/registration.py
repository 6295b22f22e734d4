"""Who may make an account: everybody, those with an invite, or nobody."""

from dataclasses import dataclass
from typing import Literal

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_response

from playhead.accounts.access import public
from playhead.accounts.guards import digest
from playhead.accounts.invites import create_invited_user
from playhead.accounts.limits import limited
from playhead.accounts.models import User
from playhead.accounts.repository import create_user
from playhead.config import Settings
from playhead.db import Database
from playhead.errors import Problem

Mode = Literal["open", "invite", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The rule of this site. `support_contact`: whom people ask for help; empty: not stated."""

    mode: Mode = "open"
    support_contact: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Registration":
        return cls(mode=settings.registration, support_contact=settings.support_contact)

    @property
    def contact(self) -> str:
        """Whom to ask, for a sentence."""
        return self.support_contact or "whoever runs this site"

    def check(self, invite: str | None) -> None:
        """Refuses early what `create` would refuse. Raises Problem 403 `registration_closed`."""
        if self.mode == "closed":
            sentence = f"No accounts can be made here: ask {self.contact} for one."
            raise Problem(403, "registration_closed", sentence)
        if self.mode == "invite" and not invite:
            sentence = f"An account needs an invite here: ask {self.contact} for one."
            raise Problem(403, "registration_closed", sentence)

    async def create(self, database: Database, email: str, password_hash: str, invite: str | None) -> User:
        """Creates an account, and uses up the invite if one is needed.

        Raises:
            Problem: 400 `bad_invite`; 403 `registration_closed`; 409 `email_taken`.
        """
        self.check(invite)
        if self.mode == "open":
            return await database.run(create_user, email, password_hash)
        return await database.run(create_invited_user, email, password_hash, digest((invite or "").strip()))


OPEN = Registration()


class Site(msgspec.Struct):
    """`support_contact`: an email address, a link or a name; empty: not stated."""

    registration: Mode
    support_contact: str


def add(blueprint: Blueprint, registration: Registration) -> None:
    """Adds the route with what the sign-in page has to know."""

    @blueprint.get("/site")
    @public("the sign-in page needs it")
    @limited("120/minute", by="client")
    @tag(["accounts"])
    @validate_response(Site)
    async def site() -> tuple[Site, int]:
        """Who may make an account here, and whom to ask for help with signing in."""
        return Site(registration.mode, registration.support_contact), 200
