"""Passwords: hashed with Argon2id off the event loop, and compared so that the time taken tells nothing."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from playhead.errors import Problem

MIN_LENGTH = 8
"""The least that OWASP ASVS 6.2.1 allows; longer is better, composition rules are not."""
MAX_LENGTH = 256
"""Room for any passphrase; a longer one only costs us time before anyone is known."""
GUESSES = 10_000
"""An attacker who tries common passwords first needs as many: above all of the 3,000 most common ones, as they are or
with the usual changes (OWASP ASVS 5.0, 6.2.4)."""
ESTIMATED = 72
"""Characters that `zxcvbn` looks at, as it advises: what it takes grows with the square of the length."""
MEMORY_KIB = 19 * 1024
TIME_COST = 2
LANES = 1
"""OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane; about 20 ms."""
HASHES_AT_ONCE = 4
"""76 MiB at most: a flood of logins waits in line and does not push a small machine out of memory."""


class Passwords:
    """Hashes and checks passwords in threads, a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES)
        # A hash that no password is known for: to compare with it is as much work as with any other.
        cost = f"m={self._hasher.memory_cost},t={self._hasher.time_cost},p={self._hasher.parallelism}"
        self._reference = f"$argon2id$v=19${cost}${'A' * 22}${'A' * 43}"
        self._slots = asyncio.Semaphore(HASHES_AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """False without a hash too, after the same work: an unknown email takes as long as a wrong password."""
        async with self._slots:
            fits = await asyncio.to_thread(self._verify, password_hash or self._reference, password)
        return fits and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def check_strength(password: str, email: str) -> None:
    """Raises Problem 400 `weak_password`, saying what is wrong. Takes milliseconds: not for an event loop."""
    from zxcvbn import zxcvbn  # where somebody makes an account: its word lists take 0.1 s

    if len(password) < MIN_LENGTH:
        raise Problem(400, "weak_password", f"The password needs at least {MIN_LENGTH} characters.")
    if len(password) > MAX_LENGTH:
        raise Problem(400, "weak_password", f"The password may have at most {MAX_LENGTH} characters.")
    own = {email.casefold(), email.partition("@")[0].casefold()}
    if password.casefold() in own or zxcvbn(password[:ESTIMATED])["guesses"] < GUESSES:
        raise Problem(400, "weak_password", "This password is too easy to guess: many people use one like it.")
