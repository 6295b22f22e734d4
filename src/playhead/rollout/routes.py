"""Routes for admins about the rollout: how it stands, and what a person does about it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response
from werkzeug.routing import AnyConverter, Map

from playhead import log
from playhead.accounts.access import admin_only
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.db import Database
from playhead.errors import Problem
from playhead.openapi_marks import answers
from playhead.rollout import emergency, overview
from playhead.rollout.document import RolloutDocument
from playhead.rollout.orders import Orders
from playhead.rollout.ports import Refused, Slider, Unreachable
from playhead.rollout.slider_reading import SliderReader
from playhead.text import one_line

REASON_MAX = 200
RETRY_S = 5.0
ORDERS = ("start", "hold", "resume", "move", "stop", "emergency", "lift")
NEED_REASON = {"hold", "move", "stop", "emergency"}
"""What stops something, or goes past the judge: others will ask why."""

logger = log.get(__name__)


class Order(msgspec.Struct):
    """`share`, in percent, is for `move` alone, and `dry_run` for `start`: watch and record, and move nothing."""

    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAX)] = ""
    share: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    dry_run: bool = True


class OrderConverter(AnyConverter):
    """The name of an order in a path: anything else is not found, and OpenAPI lists them."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, *ORDERS)
        self.items = ORDERS  # type: ignore[assignment]  # OpenAPI lists a set in another order in each process


def routes(database: Database, slider: Slider, orders: Orders, *, telemetry: bool) -> Blueprint:
    """Makes the blueprint. `telemetry`: whether anything is kept of who watches."""
    blueprint = Blueprint("rollout", __name__)
    blueprint.record(lambda state: state.app.url_map.converters.update(order=OrderConverter))
    reader = SliderReader(slider)

    async def document(*, anew: bool = False) -> RolloutDocument:
        recorded = await database.run(overview.read)
        return overview.document_of(slider, await reader.look(anew=anew), recorded, telemetry)

    async def start(by: str, data: Order) -> None:
        await orders.start(by, data.reason, is_dry_run=data.dry_run)

    async def move(by: str, data: Order) -> None:
        if data.share is None:
            raise Problem(400, "invalid", "A move needs a share in percent.")
        await orders.move(by, data.share, data.reason)

    async def pull(by: str, data: Order) -> None:
        await database.run(emergency.pull, by, data.reason)

    async def lift(by: str, data: Order) -> None:
        if not await database.run(emergency.lift, by, data.reason):
            raise Problem(409, "rollout_refused", "There is no emergency to lift.")

    actions: Mapping[str, Callable[[str, Order], Awaitable[None]]] = {
        "start": start,
        "hold": lambda by, data: orders.hold(by, data.reason),
        "resume": lambda by, data: orders.resume(by, data.reason),
        "move": move,
        "stop": lambda by, data: orders.stop(by, data.reason),
        "emergency": pull,
        "lift": lift,
    }

    @blueprint.get("/admin/rollout")
    @admin_only
    @limited("120/minute", by="user")
    @tag(["admin"])
    @validate_response(RolloutDocument)
    async def show_rollout() -> tuple[RolloutDocument, int]:
        """Show the slider, the plan, the rollout that is watched with its evidence, and what was decided."""
        return await document(), 200

    @blueprint.post("/admin/rollout/<order:action>")
    @admin_only
    @limited("30/minute", by="user")
    @tag(["admin"])
    @validate_request(Order)
    @validate_response(RolloutDocument)
    @answers(409, "The state of the rollout forbids it, or somebody else was first.")
    @answers(503, "The flags cannot be reached.")
    async def order(action: str, data: Order) -> tuple[RolloutDocument, int]:
        """Start, hold, resume, move or stop a rollout; pull the emergency switch of all streams, or lift it."""
        data.reason = _reason(action, data.reason)
        with _refused():
            await actions[action](caller().email, data)
        logger.info(
            "an order about the rollout", action=action, by=caller().email, share=data.share, reason=data.reason
        )
        return await document(anew=True), 200

    return blueprint


def _reason(action: str, given: str) -> str:
    """The reason on one line. Raises Problem 400 `invalid`."""
    if "\0" in given:
        raise Problem(400, "invalid", "A reason has no NUL characters.")
    reason = one_line(given)
    if not reason and action in NEED_REASON:
        raise Problem(400, "invalid", f"Say why, in 1 to {REASON_MAX} characters.")
    return reason


@contextmanager
def _refused() -> Iterator[None]:
    """Raises a Problem in place of what orders raise."""
    try:
        yield
    except Unreachable as error:
        raise Problem(503, "flags_unreachable", str(error), retry_after_s=RETRY_S) from None
    except Refused as error:
        raise Problem(409, "rollout_refused", str(error)) from None
