"""Email addresses: normalisation, what a new account may have, and what an existing one may have."""

import re

LENGTH = 254
"""The longest address that mail can be sent to (RFC 5321, 4.5.3.1.3)."""
ADDRESS = re.compile(r"[!-?A-~]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
"""Visible characters, an at sign, a domain with a dot. No pattern can check that mail arrives there.

Only ASCII: people confuse two addresses that differ by an invisible or foreign letter only. A domain with other letters
is written in its ASCII form, `xn--…`, which is what browsers send from an email field.
"""
STORED = re.compile(r"[^@\s\x00-\x1f\x7f\ud800-\udfff]{1,64}@[^@\s\x00-\x1f\x7f\ud800-\udfff]+")
"""What older releases accepted, so what existing accounts may sign in with."""


def tidy(typed: str) -> str:
    """Normalise an address as accounts store it: without spaces around it, in lower case."""
    return typed.strip().lower()


def acceptable(email: str) -> bool:
    """Whether a new account may have this normalised address."""
    return len(email) <= LENGTH and ADDRESS.fullmatch(email) is not None


def findable(email: str) -> bool:
    """Whether an existing account may have this normalised address; the database is not queried for any other."""
    return len(email) <= LENGTH and STORED.fullmatch(email) is not None
