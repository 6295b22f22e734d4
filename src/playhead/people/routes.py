"""Routes for admins about people: list them with what they use, limit, disable, sign out and invite them."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_request, validate_response

from playhead.accounts import administration, emails
from playhead.accounts.access import admin_only
from playhead.accounts.administration import OwnQuota
from playhead.accounts.guards import SignedOut, caller, digest
from playhead.accounts.invites import DAYS, DAYS_MOST, create_invite, new_secret
from playhead.accounts.limits import limited
from playhead.accounts.logins import delete_logins
from playhead.accounts.repository import find
from playhead.db import Database
from playhead.errors import Problem
from playhead.ids import CANONICAL, canonical
from playhead.live.clock import now
from playhead.openapi_marks import answers
from playhead.quotas import AccountUsage, QuotaDocument, Quotas, account_usage_of, list_account_usage

Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""Up to what JavaScript counts exactly."""
Hours = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class OwnQuotaDocument(msgspec.Struct):
    """A quota of a person's own: 0 is no limit, null the setting."""

    bytes: Bytes | None = None
    hours: Hours | None = None
    queued: Count | None = None


class UserDocument(msgspec.Struct):
    id: str
    email: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None
    quota: QuotaDocument
    own_quota: OwnQuotaDocument


class UserPage(msgspec.Struct):
    users: list[UserDocument]
    next_cursor: str | None


class UserQuery(msgspec.Struct):
    search: Annotated[str, msgspec.Meta(max_length=emails.LENGTH)] = ""
    cursor: Annotated[str, msgspec.Meta(pattern=f"^{CANONICAL}$", max_length=36)] | None = None


class InviteDays(msgspec.Struct):
    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MOST)] = DAYS


class NewInvite(msgspec.Struct):
    """`secret` is shown this once."""

    secret: str
    expires_at: datetime


def routes(database: Database, quotas: Quotas, on_signed_out: SignedOut) -> Blueprint:
    """Makes the blueprint; `quotas` are those of people without their own."""
    blueprint = Blueprint("people", __name__)

    async def id_of(who: str) -> str:
        email = emails.tidy(who)
        user = await database.run(find, email if emails.findable(email) else canonical(who))
        if user is None:
            raise _nobody()
        return user.id

    async def document_of(user_id: str) -> UserDocument:
        found = await database.run(account_usage_of, quotas, user_id)
        if found is None:  # deleted meanwhile
            raise _nobody()
        return _document(found)

    @blueprint.get("/admin/users")
    @admin_only
    @limited("240/minute", by="user")
    @tag(["admin"])
    @validate_querystring(UserQuery)
    @validate_response(UserPage)
    async def list_users(query_args: UserQuery) -> tuple[UserPage, int]:
        """List people with what they use, newest first; pass `next_cursor` as `cursor` to get older ones."""
        search = "".join(letter for letter in query_args.search if letter.isprintable())
        found, cursor = await database.run(list_account_usage, quotas, search, query_args.cursor)
        return UserPage([_document(one) for one in found], cursor), 200

    @blueprint.put("/admin/users/<who>/quota")
    @admin_only
    @limited("60/minute", by="user")
    @tag(["admin"])
    @validate_request(OwnQuotaDocument)
    @validate_response(UserDocument)
    async def set_quota(who: str, data: OwnQuotaDocument) -> tuple[UserDocument, int]:
        """Give a person their own quota: 0 is no limit, null the setting."""
        user_id = await id_of(who)
        own = OwnQuota(bytes=data.bytes, hours=data.hours, queued=data.queued)
        await database.run(administration.set_own_quota, user_id, own)
        return await document_of(user_id), 200

    @blueprint.post("/admin/users/<who>/disable")
    @admin_only
    @limited("60/minute", by="user")
    @tag(["admin"])
    @validate_response(UserDocument)
    @answers(409, "It is the admin's own account.")
    async def disable(who: str) -> tuple[UserDocument, int]:
        """Refuse a person's sign-ins and API tokens, and end their logins and streams; what they have stays."""
        user_id = await id_of(who)
        if user_id == caller().id:
            raise Problem(409, "own_account", "This is your own account: another admin can disable it.")
        await database.run(administration.disable, user_id)
        await on_signed_out(user_id)
        return await document_of(user_id), 200

    @blueprint.post("/admin/users/<who>/enable")
    @admin_only
    @limited("60/minute", by="user")
    @tag(["admin"])
    @validate_response(UserDocument)
    async def enable(who: str) -> tuple[UserDocument, int]:
        """Accept a disabled person's sign-ins and API tokens again."""
        user_id = await id_of(who)
        await database.run(administration.enable, user_id)
        return await document_of(user_id), 200

    @blueprint.post("/admin/users/<who>/sign-out")
    @admin_only
    @limited("60/minute", by="user")
    @tag(["admin"])
    @validate_response(UserDocument)
    async def sign_out_everywhere(who: str) -> tuple[UserDocument, int]:
        """End all logins of a person, and their streams. API tokens go on working."""
        user_id = await id_of(who)
        await database.run(delete_logins, user_id)
        await on_signed_out(user_id)
        return await document_of(user_id), 200

    @blueprint.post("/admin/invites")
    @admin_only
    @limited("60/hour", by="user")
    @tag(["admin"])
    @validate_request(InviteDays)
    @validate_response(NewInvite, 201)
    async def invite(data: InviteDays) -> tuple[NewInvite, int]:
        """Make an invite for one account, to be passed on. The secret is shown this once."""
        secret, lifetime = new_secret(), timedelta(days=data.days)
        await database.run(create_invite, digest(secret), lifetime)
        return NewInvite(secret, now() + lifetime), 201

    return blueprint


def _nobody() -> Problem:
    return Problem(404, "user_not_found", "Nobody has this id or email.")


def _document(one: AccountUsage) -> UserDocument:
    account, own = one.account, one.account.own_quota
    return UserDocument(
        id=account.id,
        email=account.email,
        is_admin=account.is_admin,
        created_at=account.created_at,
        disabled_at=account.disabled_at,
        quota=one.document(),
        own_quota=OwnQuotaDocument(own.bytes, own.hours, own.queued),
    )
