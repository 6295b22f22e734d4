"""The port to where tickets are kept until they are spent. Adapters: `valkey`, and `memory` for tests."""

from enum import StrEnum
from typing import Protocol

import msgspec

from playhead.accounts.models import Credential

LIFE_S = 30.0
"""How long a ticket is valid: three times a slow handshake of 10 s. A page uses it at once."""
OUTSTANDING_MAX = 10
"""Tickets of one person that are neither spent nor expired: ten tabs that reconnect in the same moment."""


class Purpose(StrEnum):
    """What a ticket is for."""

    STREAM = "stream"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket entitles to, which is less than the login that asked for it.

    Args:
        user_id: who may use it.
        credential: the login or token that asked; once it has ended, the ticket is refused.
        session_id: whose status may be followed; None: the list of all.
    """

    user_id: str
    credential: Credential
    session_id: str | None
    purpose: Purpose = Purpose.STREAM


class TicketStore(Protocol):
    """All methods raise OSError if the store is away. A digest stands for a ticket's secret, which is not kept."""

    async def keep(self, digest: str, ticket: Ticket) -> bool:
        """Keep a ticket for its life. False, and nothing is kept, if the person has `OUTSTANDING_MAX` others."""
        ...

    async def spend(self, digest: str) -> Ticket | None:
        """Take a ticket out, once whatever the number of callers; None if there is none, or it has expired."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
