"""Passwords: hashed with Argon2id off the event loop, compared in constant time, and checked for strength."""

import asyncio
import functools
import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from playhead.errors import Problem

MIN_LENGTH = 8
"""The least that OWASP ASVS 6.2.1 allows; longer is better, composition rules are not."""
MAX_LENGTH = 256
"""Enough for any passphrase; a longer one would cost time before the caller is authenticated."""
ENDING = re.compile(r"[0-9!?.]{1,5}$")
"""A year, a number, a mark: what people append to a password that was refused."""
LOOKS_LIKE = str.maketrans("@4310$57", "aaelosst")
"""The usual signs in place of letters."""
MEMORY_KIB = 19 * 1024
TIME_COST = 2
LANES = 1
"""OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane; about 20 ms."""
HASHES_AT_ONCE = 4
"""76 MiB at most: a flood of logins waits, and does not exhaust the memory of a small machine."""


class Passwords:
    """Hashes and checks passwords in threads, a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES)
        # A hash without a known password: comparing with it takes as long as with any other.
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
    """Refuse a weak password. Blocks: the first call loads the list of common ones.

    Raises:
        Problem: 400 `weak_password`, with the reason.
    """
    if len(password) < MIN_LENGTH:
        raise Problem(400, "weak_password", f"The password needs at least {MIN_LENGTH} characters.")
    if len(password) > MAX_LENGTH:
        raise Problem(400, "weak_password", f"The password may have at most {MAX_LENGTH} characters.")
    own = {email.casefold(), email.partition("@")[0].casefold()}
    if password.casefold() in own or len(set(password)) < 3 or not _common().isdisjoint(_likely(password)):
        raise Problem(400, "weak_password", "This password is too easy to guess: many people use one like it.")


@functools.cache
def _common() -> frozenset[str]:
    """The 30,000 most common passwords (OWASP ASVS 5.0, 6.2.4 asks for 3,000).

    Only the lists of `zxcvbn`: its estimate takes seconds for some passwords.
    """
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # 0.1 s, and only needed for a new account

    return frozenset(FREQUENCY_LISTS["passwords"])


def _likely(password: str) -> set[str]:
    """The forms of the password that an attacker's list would have: lower case, without the usual substitutions."""
    plain = password.casefold()
    bare = ENDING.sub("", plain)
    return {plain, bare, plain[::-1], plain.translate(LOOKS_LIKE), bare.translate(LOOKS_LIKE)}
