"""The routes of `playhead canary`: it begins a session to follow, and reports how each leg ended."""

from typing import Annotated, Literal

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from playhead import log
from playhead.accounts.access import canary_only
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.canary.driver import Canaries
from playhead.metrics.catalog import CANARY_ROUNDS
from playhead.metrics.metrics import Metrics
from playhead.openapi_marks import answers
from playhead.sessions.wire import SessionDocument, document

RATE = "6/minute"
"""One a minute, and what two of one account make when each waits for the other."""

logger = log.get(__name__)


class Leg(msgspec.Struct):
    """How one way of following ended. `why`: a word for what failed, or for what did not allow it."""

    outcome: Literal["passed", "failed", "not_allowed"]
    why: Annotated[str, msgspec.Meta(max_length=32, pattern="^[a-z0-9_]*$")] = ""


class Outcome(msgspec.Struct):
    stream: Leg
    poll: Leg


def routes(canaries: Canaries, metrics: Metrics) -> Blueprint:
    """Makes the blueprint."""
    blueprint = Blueprint("canary", __name__)

    @blueprint.post("/canary")
    @canary_only
    @limited(RATE, by="user")
    @tag(["canary"])
    @validate_response(SessionDocument, 201)
    @answers(429, "A canary of this account is under way, or there were too many: after `Retry-After`.")
    async def begin() -> tuple[SessionDocument, int]:
        """Begin a session that goes through the whole live path within 6 s, without a worker.

        It needs an API token of the scope `canary`. The session before of the same account is deleted.
        """
        return document(await canaries.begin(caller().id)), 201

    @blueprint.post("/canary/<id:id>/outcome")
    @canary_only
    @limited(RATE, by="user")
    @tag(["canary"])
    @validate_request(Outcome)
    @answers(204, "It is counted.")
    async def report(id: str, data: Outcome) -> tuple[str, int]:
        """Report how both ways of following the session ended."""
        await canaries.require(id, caller().id)
        for name, leg in (("stream", data.stream), ("poll", data.poll)):
            metrics.add(CANARY_ROUNDS, name, leg.outcome)
            if leg.outcome == "failed":
                logger.warning("a canary failed", leg=name, why=leg.why, session_id=id)
        return "", 204

    return blueprint
