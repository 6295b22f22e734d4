"""A notice is posted once, within its limit of time; what the receiver answers is told apart."""

import asyncio
from collections.abc import Iterator

import pytest

from playhead.webhooks.post import Answer, Webhook
from playhead.webhooks.signing import keys_of
from tests.support.webhook_receiver import SECRET, WebhookReceiver

ID, BODY = "alert-1", b'{"text":"Nobody gets statuses."}'
LIMIT_S = 5.0


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    opened = WebhookReceiver()
    yield opened
    opened.end()


def webhook(receiver: WebhookReceiver, secret: str = SECRET, limit_s: float = LIMIT_S) -> Webhook:
    return Webhook(url=f"{receiver.url}/T0KEN", keys=keys_of(secret), limit_s=limit_s)


async def test_notice_arrives_signed(receiver: WebhookReceiver) -> None:
    answer = await webhook(receiver).post(ID, BODY)
    assert answer == Answer(200)
    assert answer.is_taken
    (one,) = receiver.received
    assert one.verified() == {"text": "Nobody gets statuses."}
    assert (one.path, one.id, one.headers["content-type"]) == ("/T0KEN", ID, "application/json")


async def test_notice_without_a_secret_is_not_signed(receiver: WebhookReceiver) -> None:
    await webhook(receiver, secret="").post(ID, BODY)
    assert "webhook-signature" not in receiver.received[0].headers


@pytest.mark.parametrize("status", [302, 400, 410, 429, 503])
async def test_refusal_is_not_taken_and_not_followed(receiver: WebhookReceiver, status: int) -> None:
    receiver.status = status
    answer = await webhook(receiver).post(ID, BODY)
    assert (answer.is_taken, answer.trouble) == (False, f"it answered {status}")
    assert len(receiver.received) == 1


async def test_beginning_of_an_answer_is_read_if_asked_for(receiver: WebhookReceiver) -> None:
    receiver.status, receiver.text = 400, b"invalid_payload\x1b[31m\n" + 100_000 * b"x"
    assert (await webhook(receiver).post(ID, BODY)).text == ""
    assert (await webhook(receiver).post(ID, BODY, text_max=20)).text == "invalid_payload [31m"


async def test_hanging_receiver_costs_no_more_than_the_limit(receiver: WebhookReceiver) -> None:
    receiver.goes_on.clear()
    async with asyncio.timeout(LIMIT_S):
        answer = await webhook(receiver, limit_s=0.1).post(ID, BODY)
    assert answer.status is None
    assert "T0KEN" not in answer.trouble


async def test_receiver_that_is_away_is_named_without_its_url(receiver: WebhookReceiver) -> None:
    receiver.end()
    assert await webhook(receiver).post(ID, BODY) == Answer(None, error="ConnectError")


def test_url_and_keys_are_not_shown(receiver: WebhookReceiver) -> None:
    assert "T0KEN" not in repr(webhook(receiver))
    assert "keys" not in repr(webhook(receiver))
