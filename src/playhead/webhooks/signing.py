"""Signs notices as the Standard Webhooks specification has it, so that a receiver can check who sent them and when."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence

from playhead.errors import ConfigError

PREFIX = "whsec_"
KEY_BYTES_MIN, KEY_BYTES_MAX = 24, 64
"""The length of a key: of the specification."""
SECRETS_MAX = 2
"""The new one and the old one, while receivers change over."""


def keys_of(setting: str) -> tuple[bytes, ...]:
    """Reads the keys of the setting WEBHOOK_SECRET: none, one, or two with a space between them.

    Raises:
        ConfigError: it has another form. The sentence does not show the secret.
    """
    secrets = setting.split()
    if len(secrets) > SECRETS_MAX:
        raise ConfigError("The setting WEBHOOK_SECRET is wrong: it has more than two secrets.")
    return tuple(_key(secret) for secret in secrets)


def headers(keys: Sequence[bytes], id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Returns the headers of a notice; those that name the message also without a key.

    Args:
        keys: one signature is made with each.
        id: of the message; the same at each try.
        timestamp: of this try, in seconds since 1970.
        body: as it is sent.
    """
    signed = f"{id}.{timestamp}.".encode() + body
    named = {"webhook-id": id, "webhook-timestamp": str(timestamp)}
    if not keys:
        return named
    made = (base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return named | {"webhook-signature": " ".join(f"v1,{signature}" for signature in made)}


def _key(secret: str) -> bytes:
    wrong = "The setting WEBHOOK_SECRET is wrong:"
    if not secret.startswith(PREFIX):
        raise ConfigError(f"{wrong} it must begin with {PREFIX}. To make one: echo {PREFIX}$(openssl rand -base64 32)")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError(f"{wrong} what follows {PREFIX} is not base64. Copy it once more.") from None
    if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise ConfigError(f"{wrong} its key has {len(key)} bytes, and needs {KEY_BYTES_MIN} to {KEY_BYTES_MAX}.")
    return key
