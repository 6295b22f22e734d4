from typing import Literal

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from playhead.accounts.passwords import MAX_LENGTH, MIN_LENGTH, Passwords, check_strength
from playhead.errors import Problem


class NotingHasher(PasswordHasher):
    """Notes how costly each comparison was that found a difference."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=16, parallelism=1)  # the product costs more
        self.work: list[Parameters] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        try:
            return super().verify(hash, password)
        except VerifyMismatchError:
            self.work.append(extract_parameters(str(hash)))
            raise


async def test_only_the_same_password_matches() -> None:
    passwords = Passwords()
    kept = await passwords.hash("correct horse")
    assert await passwords.matches("correct horse", kept)
    assert not await passwords.matches("wrong horse", kept)
    assert not await passwords.matches("correct horse", "not a hash")


async def test_unknown_person_costs_as_much_work_as_a_wrong_password() -> None:
    hasher = NotingHasher()
    passwords = Passwords(hasher)
    kept = await passwords.hash("correct horse")
    for password_hash in (kept, None):
        assert not await passwords.matches("wrong horse", password_hash)
    wrong_password, unknown_person = hasher.work
    assert wrong_password == unknown_person


@pytest.mark.parametrize(
    "password", ["short", "x" * (MAX_LENGTH + 1), "aaaaaaaaaa", "ada@example.org", "Ada@Example.org"]
)
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(Problem) as refused:
        check_strength(password, "ada@example.org")
    assert refused.value.code == "weak_password"


def test_common_passwords_and_their_usual_changes_are_refused() -> None:
    common = [word for word in FREQUENCY_LISTS["passwords"][:3000] if len(word) >= MIN_LENGTH]
    assert len(common) > 300
    for password in [*common, "Password1", "p@ssw0rd", "drowssap", "qwertyuiop", "12345678", "Sunshine2024!"]:
        with pytest.raises(Problem):
            check_strength(password, "ada@example.org")


@pytest.mark.parametrize("password", ["x7#Kq!zb", "tr4ctor-hammock", "🐘🦒🦓🦏 zoo of mine", "Qm3-vk" + "p" * 200])
def test_uncommon_password_is_accepted_whatever_its_letters(password: str) -> None:
    check_strength(password, "ada@example.org")


def test_passphrase_is_accepted() -> None:
    check_strength("correct horse battery", "ada@example.org")
