"""Digests: stable, of a fixed length, and different for each key, kind and text."""

from itertools import product

from playhead.monitoring.watches.digest import person_digest, subject_digest

KEY, OTHER_KEY = "a" * 64, "b" * 200


def test_digest_has_32_hexadecimal_digits_and_is_stable() -> None:
    assert person_digest(KEY, "ada") == "417800643ecccff0451ae575b5eed75f"
    assert subject_digest(KEY, "ada") == "545bd8ed6ddf7703a1cab43ead6e02b1"


def test_digests_differ_by_key_kind_and_text() -> None:
    made = {make(key, text) for make, key, text in product(
        (person_digest, subject_digest), (KEY, OTHER_KEY, ""), ("ada", "bob", "", "\ud800", "ad\0a"))}  # fmt: skip
    assert len(made) == 2 * 3 * 5
    assert {len(one) for one in made} == {32}
