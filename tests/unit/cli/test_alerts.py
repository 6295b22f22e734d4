"""`playhead alerts test` and `runbook`: what they send and print, and mistakes in one sentence."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from playhead.cli import main
from tests.support.webhook_receiver import SECRET, WebhookReceiver


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookReceiver]:
    opened = WebhookReceiver()
    monkeypatch.setenv("ALERT_WEBHOOK", f"{opened.url}/T0KEN")
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    yield opened
    opened.end()


def alerts(*words: str) -> Result:
    return CliRunner().invoke(main, ["alerts", *words], catch_exceptions=False)


def test_test_sends_a_begin_and_an_end_and_shows_the_answers(receiver: WebhookReceiver) -> None:
    receiver.text = b"ok"
    found = alerts("test")
    assert found.exit_code == 0
    assert found.stdout == "The notice of its begin was taken: 200 ok\nThe notice of its end was taken: 200 ok\n"
    begin, end = (one.verified() for one in receiver.taken)
    assert (begin["status"], end["status"]) == ("firing", "resolved")
    assert begin["text"] == "This is a test of ALERT_WEBHOOK. Nothing is wrong."
    assert begin["alerts"][0]["fingerprint"] == end["alerts"][0]["fingerprint"]
    assert len({one.id for one in receiver.taken}) == 2


def test_refusal_of_a_test_is_shown_with_what_was_answered(receiver: WebhookReceiver) -> None:
    receiver.status, receiver.text = 400, b"invalid_payload\n"
    found = alerts("test")
    assert (found.exit_code, found.stdout) == (1, "The notice of its begin was NOT taken: 400 invalid_payload\n")


def test_receiver_that_is_away_ends_a_test_with_code_3(receiver: WebhookReceiver) -> None:
    receiver.end()
    found = alerts("test")
    assert (found.exit_code, found.stdout) == (3, "The notice of its begin reached nobody: ConnectError.\n")


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("ALERT_WEBHOOK", "", "ALERT_WEBHOOK is not set here: set it as for the web processes."),
        ("ALERT_WEBHOOK", "http://chat.example.org/T0KEN", "The setting ALERT_WEBHOOK is wrong: it must begin with"),
        ("WEBHOOK_SECRET", "hush", "The setting WEBHOOK_SECRET is wrong: it must begin with whsec_"),
    ],
)
def test_wrong_setting_sends_nothing(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(setting, value)
    found = alerts("test")
    assert found.exit_code == 2
    assert found.output.startswith(sentence)
    assert not {"T0KEN", "hush"} & set(found.output.split())
    assert receiver.received == []


def test_runbook_of_no_alert_names_those_that_there_are() -> None:
    found = alerts("runbook", "Gone")
    assert found.exit_code == 2
    assert found.output.startswith("There is no alert Gone. There are: FreshBurnsFast, ")


def test_runbook_is_printed_by_the_name_of_its_alert() -> None:
    found = alerts("runbook", "RedisAway")
    assert found.exit_code == 0
    assert found.output.startswith("# ")
    assert found.output.count("\n") > 10
