import time

import pytest

from playhead.accounts.passwords import MAX_LENGTH, Passwords, check_strength
from playhead.errors import Problem


async def test_only_the_same_password_matches() -> None:
    passwords = Passwords()
    kept = await passwords.hash("correct horse")
    assert await passwords.matches("correct horse", kept)
    assert not await passwords.matches("wrong horse", kept)
    assert not await passwords.matches("correct horse", "not a hash")


async def test_unknown_person_costs_as_much_work_as_a_wrong_password() -> None:
    passwords = Passwords()
    kept = await passwords.hash("correct horse")

    async def fastest(password_hash: str | None) -> float:
        times = []
        for _ in range(5):
            start = time.process_time()
            assert not await passwords.matches("wrong horse", password_hash)
            times.append(time.process_time() - start)
        return min(times)

    assert await fastest(None) > 0.5 * await fastest(kept)


@pytest.mark.parametrize(
    "password", ["short", "x" * (MAX_LENGTH + 1), "aaaaaaaaaa", "ada@example.org", "Ada@Example.org"]
)
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(Problem) as refused:
        check_strength(password, "ada@example.org")
    assert refused.value.code == "weak_password"


def test_passphrase_is_accepted() -> None:
    check_strength("correct horse battery", "ada@example.org")
