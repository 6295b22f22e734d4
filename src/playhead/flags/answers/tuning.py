"""How streams behave, as far as it can be changed while they run: the payload of `sse.tuning`, checked."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

COALESCE_MS = 100
"""What the wire contract allows at most, and as fast as an eye follows a bar."""

Heartbeat = Annotated[float, msgspec.Meta(ge=1, le=60)]
"""At most 60 s: nginx cuts a silent connection then. At least 1 s: 10,000 streams would be 10,000 frames a second."""
Coalesce = Annotated[int, msgspec.Meta(ge=0, le=COALESCE_MS)]
Age = Annotated[float, msgspec.Meta(ge=30, le=3600)]
"""At least 30 s, or reconnecting costs more than streaming; at most an hour, so that a deploy reaches everyone."""


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeat and the age are of a stream, from its start on; `coalesce_ms` is the worker's, at each status."""

    heartbeat_s: float
    coalesce_ms: int = COALESCE_MS
    max_age_s: float

    def with_payload(self, payload: str) -> "Tuning":
        """These values, with those that the payload names in their place.

        Raises:
            msgspec.DecodeError: the payload is not JSON, names something else, or a value is out of its limits.
        """
        given = msgspec.json.decode(payload, type=_Payload)
        return msgspec.structs.replace(
            self, **{name: value for name, value in msgspec.structs.asdict(given).items() if value is not UNSET}
        )


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    heartbeat_s: Heartbeat | UnsetType = UNSET
    coalesce_ms: Coalesce | UnsetType = UNSET
    max_age_s: Age | UnsetType = UNSET
