"""Ids: UUIDs in their canonical form (RFC 9562, 4), how they are made and how a given one is checked."""

import re
import secrets
import time
from uuid import UUID

CANONICAL = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""The pattern, for parameters that are checked by their type. Lower case only: an id has one form."""
NIL = "00000000-0000-0000-0000-000000000000"
"""The nil UUID (RFC 9562, 5.9). No row has this id, so a route answers as it does for an absent one."""
NS_PER_MS = 1_000_000


def new_id() -> str:
    """Make a UUID version 7 (RFC 9562): newest last in every index, and not to be guessed.

    The 12 bits behind the milliseconds are a fraction of one (6.2, method 3): ids of the same millisecond are ordered.
    """
    stamp, rest_ns = divmod(time.time_ns(), NS_PER_MS)
    fraction = (rest_ns << 12) // NS_PER_MS
    return str(UUID(int=(stamp << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(62)))


def canonical(given: str) -> str:
    """The id itself, or `NIL` for any other text: the database never sees bytes of the client's own choice."""
    return given if re.fullmatch(CANONICAL, given) else NIL
