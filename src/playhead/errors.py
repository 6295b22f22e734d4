"""Defines the errors that a client or a setting can cause, and their document on the wire (RFC 9457)."""

from playhead.live.errors import Problem as Problem


class ConfigError(Exception):
    """A wrong setting or a missing part stops the start; the message is a sentence for the person who starts it."""


RETRY_DATABASE_S = 2.0
"""A database that was restarted is back within seconds."""


def session_not_found() -> Problem:
    """Makes the same problem for an absent session and for one of another person (OWASP ASVS 5.0, 8.2.2)."""
    return Problem(404, "session_not_found", "There is no such session.")


def account_disabled(support_contact: str) -> Problem:
    """Makes the problem for whoever signs in to a disabled account, or sends one of its tokens."""
    whom = support_contact or "whoever runs this site"
    return Problem(403, "account_disabled", f"This account is disabled: ask {whom}.")


def database_gone() -> Problem:
    """Makes the problem for a request that the database could not be reached for."""
    sentence = "The database cannot be reached: try again."
    return Problem(503, "database_gone", sentence, retry_after_s=RETRY_DATABASE_S)


def not_signed_in() -> Problem:
    return Problem(401, "not_signed_in", "Please sign in.")
