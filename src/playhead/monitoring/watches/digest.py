"""Digests of people and of what they follow, with a key of the site: whoever has the tables alone cannot undo them."""

from functools import lru_cache
from hashlib import blake2b

SIZE = 16
"""Bytes of a digest: 2^64 people before two are likely to share one, in 32 hexadecimal digits."""


def person_digest(secret_key: str, person_id: str) -> str:
    """The digest of a person's id, in all tables of monitoring."""
    return _digest(secret_key, "person", person_id)


def subject_digest(secret_key: str, subject: str) -> str:
    """The digest of what somebody follows: a session's id or, for the list, the day."""
    return _digest(secret_key, "subject", subject)


def _digest(secret_key: str, kind: str, text: str) -> str:
    given = text.encode(errors="surrogatepass")
    return blake2b(given, digest_size=SIZE, key=_key(secret_key), person=kind.encode()).hexdigest()


@lru_cache(maxsize=4)
def _key(secret_key: str) -> bytes:
    """A key for these digests alone, of the length that blake2b takes; SECRET_KEY also signs cookies."""
    return blake2b(secret_key.encode(), digest_size=32, person=b"playhead-watches").digest()
