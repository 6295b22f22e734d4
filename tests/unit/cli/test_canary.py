"""`playhead canary`: its output, its exit codes, its end, and the notice that a site cannot be reached."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from click.testing import CliRunner, Result

from playhead.cli import main
from playhead.cli.canary import FAILED, PASSED, UNREACHABLE, Canary
from playhead.cli.canary_notice import Notices
from playhead.cli.canary_round import Round
from playhead.webhooks.post import Webhook
from playhead.webhooks.signing import keys_of
from tests.support.waiting import async_until
from tests.support.webhook_receiver import SECRET, WebhookReceiver
from tests.unit.cli.canary_site import ADDRESS, CanarySite

AWAY = httpx.ConnectError("nobody is there")
REFUSED = httpx.Response(401, json={"code": "not_signed_in", "detail": "Please sign in."})
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def canary(site: CanarySite, *words: str) -> Result:
    return CliRunner().invoke(main, ["canary", ADDRESS, "--token", "ph_1", "--once", *words], obj=site.connect)


@pytest.mark.parametrize(
    ("site", "code", "words"),
    [
        (CanarySite(), PASSED, "Z passed: stream passed (first event "),
        (CanarySite(lines=0), FAILED, f"its line. Find out why: playhead doctor {ADDRESS}\n"),
        (
            CanarySite(refusal=AWAY),
            UNREACHABLE,
            f"Z unreachable: nobody is there. Find out why: playhead doctor {ADDRESS}\n",
        ),
        (CanarySite(refusal=REFUSED), 2, "`playhead user token EMAIL --scope canary`"),
    ],
)
def test_round_is_one_line_and_an_exit_code(site: CanarySite, code: int, words: str) -> None:
    answer = canary(site)
    assert (answer.exit_code, answer.output.count("\n")) == (code, 1)
    assert words in answer.output


def test_programs_get_json() -> None:
    answer = canary(CanarySite(lines=0), "--json")
    found = json.loads(answer.stdout)
    assert (answer.exit_code, found["url"], found["outcome"], found["poll"]["why"]) == (
        1,
        ADDRESS,
        "failed",
        "no_words",
    )


async def test_goes_on_after_failures_and_ends_at_sigterm(capsys: pytest.CaptureFixture[str]) -> None:
    site = CanarySite(refusal=AWAY)
    running = asyncio.create_task(Canary(ADDRESS, "ph_1", site.connect, every_s=0.001).for_ever())
    await async_until(lambda: len(site.asked) >= 3)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == PASSED
    assert capsys.readouterr().out.count("unreachable") >= 3


async def test_canceled_from_elsewhere_it_does_not_pass() -> None:
    site = CanarySite(refusal=AWAY)
    running = asyncio.create_task(Canary(ADDRESS, "ph_1", site.connect, every_s=0.001).for_ever())
    await async_until(lambda: len(site.asked) >= 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with closing(WebhookReceiver()) as receiver:
        yield receiver


def notices(receiver: WebhookReceiver) -> Notices:
    return Notices(address=ADDRESS, webhook=Webhook(url=f"{receiver.url}/hook", keys=keys_of(SECRET)))


def a_round(minute: int, outcome: str) -> Round:
    return Round(NOON + timedelta(minutes=minute), outcome, "nobody is there")  # type: ignore[arg-type]


async def test_incident_is_noticed_at_its_begin_and_its_end(receiver: WebhookReceiver) -> None:
    posting = notices(receiver)
    away, back = "unreachable", "failed"
    for minute, outcome in enumerate([back, away, back, away, away, away, back, back, away]):
        await posting.note(a_round(minute, outcome))
    begin, end = (one.verified() for one in receiver.taken)
    assert (begin["status"], end["status"]) == ("firing", "resolved")
    assert begin["text"].startswith(f"Act now: {ADDRESS} cannot be reached: nobody is there")
    (alert,) = end["alerts"]
    assert (alert["labels"]["alertname"], alert["startsAt"], alert["endsAt"]) == (
        "SiteUnreachable",
        "2026-11-30T12:03:00Z",
        "2026-11-30T12:06:00Z",
    )
    assert begin["alerts"][0]["fingerprint"] == alert["fingerprint"]


async def test_notice_that_is_not_taken_is_tried_again_with_its_id(receiver: WebhookReceiver) -> None:
    posting = notices(receiver)
    receiver.status = 500
    for minute in range(3):
        await posting.note(a_round(minute, "unreachable"))
    receiver.status = 200
    for minute in range(3, 6):
        await posting.note(a_round(minute, "passed"))
    assert len({one.id for one in receiver.received}) == 2
    assert [one.json["status"] for one in receiver.taken] == ["firing", "resolved"]


def test_wrong_webhook_is_refused_at_once() -> None:
    command = ["canary", ADDRESS, "--token", "ph_1", "--webhook", "ftp://example.org"]
    answer = CliRunner().invoke(main, command)
    assert answer.exit_code == 2
    assert "ALERT_WEBHOOK" in answer.output
