"""Generates and checks ids: UUIDs in their canonical form (RFC 9562, 4)."""

import re
import secrets
import time
from uuid import UUID

CANONICAL = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""Pattern of an id, for validated parameters. Lower case only, so that an id has one form."""
NIL = "00000000-0000-0000-0000-000000000000"
"""The nil UUID (RFC 9562, 5.9). No row has this id, so a route answers as for an absent one."""
NS_PER_MS = 1_000_000


def new_id() -> str:
    """Generates a UUID version 7 (RFC 9562): newest last in every index, and not guessable.

    The 12 bits after the milliseconds are a fraction (6.2, method 3), so that ids of one millisecond are ordered.
    """
    stamp, rest_ns = divmod(time.time_ns(), NS_PER_MS)
    fraction = (rest_ns << 12) // NS_PER_MS
    return str(UUID(int=(stamp << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(62)))


def canonical(given: str) -> str:
    """Returns the id itself, or `NIL` for any other text, so that the database gets no other text of a client."""
    return given if re.fullmatch(CANONICAL, given) else NIL
