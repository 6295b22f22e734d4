"""A hasher of passwords that costs next to nothing."""

from argon2 import PasswordHasher

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The least that Argon2 does, 20 ms of CPU less: what passwords cost for real is a matter of `test_passwords.py`."""
