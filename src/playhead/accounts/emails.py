"""Email addresses: what an account may have, and what a person may be looked up by."""

import re

LENGTH = 254
"""The longest address that mail can be sent to (RFC 5321, 4.5.3.1.3)."""
ADDRESS = re.compile(r"[!-?A-~]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
"""Something visible, an at sign, a domain with a dot. Whether mail arrives there, no pattern can say.

Only ASCII: of two addresses that look alike, one by an invisible or foreign letter, people take one for the other. A
domain with other letters is written as mail writes it, `xn--…`, which is what browsers send from an email field.
"""
STORED = re.compile(r"[^@\s\x00-\x1f\x7f\ud800-\udfff]{1,64}@[^@\s\x00-\x1f\x7f\ud800-\udfff]+")
"""What accounts may have been made with before, so what they still sign in with."""


def tidy(typed: str) -> str:
    """As accounts are stored and looked up: without spaces around it, in small letters."""
    return typed.strip().lower()


def acceptable(email: str) -> bool:
    """Whether a new account may have this tidy address."""
    return len(email) <= LENGTH and ADDRESS.fullmatch(email) is not None


def findable(email: str) -> bool:
    """Whether an account may have this tidy address: no database is asked for anything else."""
    return len(email) <= LENGTH and STORED.fullmatch(email) is not None
