"""Routes that explain the choice of the transport: to the person, and to an admin."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_response

from playhead.accounts import emails
from playhead.accounts.access import admin_only, signed_in
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.accounts.models import User
from playhead.adapters.live_quart import current
from playhead.errors import Problem
from playhead.flags.answers.gate import Gate
from playhead.flags.answers.tuning import Tuning
from playhead.ids import canonical
from playhead.live.path import ClientPath, client_path
from playhead.live.policy import Mode, Reason, StreamOriginUse, Via
from playhead.live.transport import Capacity, Transports
from playhead.quotas import QuotaDocument

FindUser = Callable[[str], Awaitable[User | None]]
"""Finds the person with this id or email."""
StateOf = Callable[[ClientPath], str | None]
"""The state of a path; None while nothing is certain of it."""
QuotaOf = Callable[[str], Awaitable[QuotaDocument]]
"""Reads what the person with this id uses and may use."""


class Path(msgspec.Struct):
    """The path of the request. `buffered`: whether something on it holds this person's streams back; `state`: what is
    found of it (`healthy`, `buffered`, `probing`). Each is null while nothing is certain, or of somebody else."""

    buffered: bool | None
    key: str | None = None
    state: str | None = None


class StreamOriginDocument(msgspec.Struct):
    """The other address for streams, by tickets. `use`: for those whose own path is `buffered`, or `always`."""

    url: str
    use: StreamOriginUse
    key: str
    state: str | None


class EmergencyOff(msgspec.Struct):
    """Since when nobody streams, whatever the flags say, and why. `by`, who switched off, is told to admins only."""

    since: datetime
    reason: str
    by: str | None


class Flags(msgspec.Struct):
    """What the process that answers knows of its flags.

    `age_s`: since their `source` last said what they are, null if it never did. `trouble`: why it does not say so now.
    `emergency`: null unless there is an emergency.
    """

    source: str
    age_s: float | None
    trouble: str | None
    emergency: EmergencyOff | None


class Decision(msgspec.Struct):
    """The transport chosen now, and what was weighed. `capacity` and `flags` are of the process that answers.

    `via`: `ticket`, if streams go by `stream_origin`, which is null where there is none.
    """

    mode: Mode
    reason: Reason
    via: Via | None
    path: Path
    stream_origin: StreamOriginDocument | None
    capacity: Capacity
    tuning: Tuning
    flags: Flags


class Me(msgspec.Struct):
    """`features`: the answer of every flag to this person; `models`: those that may be chosen, first the usual one."""

    id: str
    email: str
    is_admin: bool
    features: dict[str, bool]
    models: Sequence[str]
    quota: QuotaDocument
    transport: Decision


def routes(
    gate: Gate,
    transports: Transports[User],
    find_user: FindUser,
    quota_of: QuotaOf,
    path_state: StateOf,
    models: Sequence[str] = (),
) -> Blueprint:
    """The routes that explain a decision. `models`: the names of those that the site offers."""
    blueprint = Blueprint("explain", __name__)

    def found(user: User, path: ClientPath | None) -> Path:
        if path is None:
            return Path(None)
        return Path(transports.buffered(path, user), path.key, path_state(path))

    def origin() -> StreamOriginDocument | None:
        if (given := transports.stream_origin) is None:
            return None
        return StreamOriginDocument(given.url, given.use, given.path.key, path_state(given.path))

    async def explained(user: User, path: ClientPath | None) -> Me:
        chosen = transports.decide(user, path)
        decision = Decision(
            mode=chosen.mode,
            reason=chosen.reason,
            via=chosen.via,
            path=found(user, path),
            stream_origin=origin(),
            capacity=transports.capacity(user),
            tuning=gate.tuning(user.id, user.is_admin),
            flags=_flags(gate),
        )
        features = gate.answers(user.id, user.is_admin)
        return Me(user.id, user.email, user.is_admin, features, models, await quota_of(user.id), decision)

    @blueprint.get("/me")
    @signed_in
    @limited("120/minute", by="user")
    @tag(["accounts"])
    @validate_response(Me)
    async def me() -> tuple[Me, int]:
        """Who is signed in, what they may use and how much of it, and how status reaches them and why."""
        return await explained(caller(), client_path(current())), 200

    @blueprint.get("/admin/users/<who>/transport")
    @admin_only
    @limited("120/minute", by="user")
    @tag(["admin"])
    @validate_response(Me)
    async def transport_of(who: str) -> tuple[Me, int]:
        """What `GET /me` says to somebody else, by their id or their email: why do they stream, or not?"""
        email = emails.tidy(who)
        user = await find_user(email if emails.findable(email) else canonical(who))
        if user is None:
            raise Problem(404, "user_not_found", "Nobody has this id or email.")
        return await explained(user, None), 200  # the path of this request is the admin's

    return blueprint


def _flags(gate: Gate) -> Flags:
    """What is known of the flags, for the caller."""
    health, found = gate.health(), gate.emergency
    emergency = EmergencyOff(found.since, found.reason, found.by if caller().is_admin else None) if found else None
    return Flags(gate.kind, health.age_s, health.trouble or None, emergency)
