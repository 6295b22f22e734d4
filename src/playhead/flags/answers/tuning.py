"""The tuning of streams that can change at run time: the payload of `sse.tuning`, validated."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

COALESCE_MS = 100
"""The most that the wire contract allows, and as fast as an eye follows a progress bar."""

Heartbeat = Annotated[float, msgspec.Meta(ge=1, le=60)]
"""At most 60 s: nginx cuts a silent connection then. At least 1 s: 10,000 streams would be 10,000 frames a second."""
Coalesce = Annotated[int, msgspec.Meta(ge=0, le=COALESCE_MS)]
Age = Annotated[float, msgspec.Meta(ge=30, le=3600)]
"""At least 30 s, or reconnecting costs more than streaming; at most an hour, so that a deploy reaches everyone."""


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """A stream keeps the heartbeat and the age that it started with; the worker reads `coalesce_ms` at each status."""

    heartbeat_s: float
    coalesce_ms: int = COALESCE_MS
    max_age_s: float

    def with_payload(self, payload: str) -> "Tuning":
        """A copy with the values of the payload, which is JSON.

        Raises:
            msgspec.DecodeError: the payload is not JSON, has an unknown key, or a value is out of range.
        """
        given = msgspec.json.decode(payload, type=_Payload)
        return msgspec.structs.replace(
            self, **{name: value for name, value in msgspec.structs.asdict(given).items() if value is not UNSET}
        )


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    heartbeat_s: Heartbeat | UnsetType = UNSET
    coalesce_ms: Coalesce | UnsetType = UNSET
    max_age_s: Age | UnsetType = UNSET
