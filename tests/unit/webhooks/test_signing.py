"""Notices are signed by the Standard Webhooks specification: its official verifier takes them, and nothing else."""

import base64
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from playhead.errors import ConfigError
from playhead.webhooks.signing import headers, keys_of
from tests.support.webhook_receiver import SECRET

ID, BODY = "rollout-7-1614265330000000", '{"text":"Zurück auf 0 %"}'.encode()
OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def signed(secret: str, timestamp: int | None = None) -> dict[str, str]:
    return dict(headers(keys_of(secret), ID, int(time.time()) if timestamp is None else timestamp, BODY))


def test_signature_equals_that_of_the_official_library() -> None:
    at = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)
    assert signed(SECRET, int(at.timestamp())) == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": Webhook(SECRET).sign(ID, at, BODY.decode()),
    }


def test_official_verifier_takes_what_was_signed() -> None:
    assert Webhook(SECRET).verify(BODY, signed(SECRET)) == {"text": "Zurück auf 0 %"}


def test_both_secrets_of_a_rotation_verify() -> None:
    both = signed(f"{OTHER} {SECRET}")
    assert len(both["webhook-signature"].split(" ")) == 2
    for secret in (OTHER, SECRET):
        Webhook(secret).verify(BODY, both)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "rollout-8-1614265330000000"},
        {"webhook-timestamp": str(int(time.time()) - 60)},
        {"webhook-timestamp": str(int(time.time()) - 3600)},
    ],
)
def test_changed_header_is_not_verified(change: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY, signed(SECRET) | change)


def test_other_body_or_secret_is_not_verified() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", signed(SECRET))
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(BODY, signed(SECRET))


def test_message_has_its_id_and_time_without_a_secret() -> None:
    assert list(signed("")) == ["webhook-id", "webhook-timestamp"]


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("hush", "it must begin with whsec_"),
        ("whsec_hush!", "what follows whsec_ is not base64"),
        ("whsec_hüsh", "what follows whsec_ is not base64"),
        ("whsec_", "its key has 0 bytes, and needs 24 to 64"),
        ("whsec_" + base64.b64encode(23 * b"k").decode(), "its key has 23 bytes"),
        ("whsec_" + base64.b64encode(65 * b"k").decode(), "its key has 65 bytes"),
        (f"{SECRET} {OTHER} {SECRET}", "it has more than two secrets"),
        (f"'{SECRET}'", "it must begin with whsec_"),
    ],
)
def test_wrong_secret_is_refused_in_a_sentence_without_it(secret: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        keys_of(secret)
    assert str(refused.value).startswith(f"The setting WEBHOOK_SECRET is wrong: {sentence}")
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)
