"""`playhead alerts`: what is wrong, what was, what to do about it, and whether notices arrive."""

import asyncio
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from playhead.cli.exit_codes import UNREACHABLE
from playhead.cli.flags_database import locations, shared_database
from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.monitoring.alerts.document import AlertDocument, AlertsDocument, IncidentDocument
    from playhead.monitoring.alerts.incidents import Incident

WRONG = 1
"""Exit code; the package's docstring lists them all."""
TEXT_MAX = 200
"""Bytes of what a receiver answers that are shown: chats answer with a word or a sentence."""
TEST = "PlayheadTest"
"""The name of the alert of a test; no other has it."""


@click.group(invoke_without_command=True)
@click.option("--all", "is_all", is_flag=True, help="Also what is watched, with its value.")
@click.option("--json", "as_json", is_flag=True, help="For programs: the document of GET /api/v1/admin/alerts.")
@click.pass_context
def alerts(context: click.Context, is_all: bool, as_json: bool) -> None:
    """What is wrong now? Exit code 1 if something is, or if nobody watches.

    The web processes evaluate the alerts and keep them in the database: DATABASE_URL, or the one in DATA_DIR. They post
    a notice to ALERT_WEBHOOK when one begins to fire and when it is over.
    """
    if context.invoked_subcommand is not None:
        return
    document = _document()
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        for line in [*_open(document), *(_watched(document.alerts) if is_all else [])]:
            click.echo(line)
    if document.open or not document.watching:
        raise SystemExit(WRONG)


@alerts.command()
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="The newest so many.")
def history(limit: int) -> None:
    """What was wrong in the last 90 days, the oldest first."""
    past = _document().history[:limit]
    for one in reversed(past):
        lasted = f", {_span(one.ended_at - one.begun_at)}" if one.ended_at else ""
        click.echo(f"{_time(one.begun_at)}{lasted}  {one.alert}: {one.summary}")
    if not past:
        click.echo("There was no incident in the last 90 days.")


@alerts.command()
@click.argument("alert")
def runbook(alert: str) -> None:
    """What to do about ALERT, by its name such as RedisAway."""
    from playhead.monitoring.alerts.runbooks import text_of
    from playhead.monitoring.alerts.table import BY_NAME

    if alert not in BY_NAME:
        raise ConfigError(f"There is no alert {alert}. There are: {', '.join(BY_NAME)}.")
    text = text_of(BY_NAME[alert].runbook)
    if text is None:
        raise ConfigError(f"The runbook of {alert} is not in this installation.")
    click.echo(text.rstrip())


@alerts.command()
def test() -> None:
    """Send a test to ALERT_WEBHOOK, and show what it answers.

    Two notices, of the begin and of the end of an alert that does not exist, signed with WEBHOOK_SECRET if that is set,
    so that a receiver closes what it opened. Exit code 1 if one is not taken, 3 if nobody answers.
    """
    from playhead import urls

    url, secret = os.environ.get("ALERT_WEBHOOK", ""), os.environ.get("WEBHOOK_SECRET", "")
    if not url:
        raise ConfigError("ALERT_WEBHOOK is not set here: set it as for the web processes.")
    urls.check_webhook("alert_webhook", url)
    raise SystemExit(asyncio.run(_send_test(url, secret, os.environ.get("PUBLIC_URL", ""))))


async def _send_test(url: str, secret: str, public_url: str) -> int:
    """Posts both notices. Returns the exit code."""
    from playhead.live.clock import now
    from playhead.monitoring.alerts.notice import body_of
    from playhead.webhooks.outbox import message_id
    from playhead.webhooks.post import Webhook
    from playhead.webhooks.signing import keys_of

    webhook = Webhook(url=url, keys=keys_of(secret))
    click.echo("Signed with WEBHOOK_SECRET." if secret else "Not signed: WEBHOOK_SECRET is not set.", err=True)
    begun_at = now()
    for is_over, what in ((False, "begin"), (True, "end")):
        incident = _test_incident(begun_at, now() if is_over else None)
        body = body_of(incident, public_url, is_over=is_over)
        answer = await webhook.post(message_id(f"alert-test-{what}", 0, begun_at), body, text_max=TEXT_MAX)
        if answer.status is None:
            click.echo(f"The notice of its {what} reached nobody: {answer.error}.")
            return UNREACHABLE
        taken = "was taken" if answer.is_taken else "was NOT taken"
        click.echo(f"The notice of its {what} {taken}: {answer.status} {answer.text}".rstrip())
        if not answer.is_taken:
            return WRONG
    return 0


def _test_incident(begun_at: datetime, ended_at: datetime | None) -> "Incident":
    from playhead.monitoring.alerts.incidents import Incident
    from playhead.monitoring.alerts.table import Severity

    return Incident(
        id=0,
        alert=TEST,
        severity=Severity.TICKET,
        summary="This is a test of ALERT_WEBHOOK. Nothing is wrong.",
        value=None,
        begun_at=begun_at,
        ended_at=ended_at,
        notice_at=None,
        notice_tries=0,
        begin_noticed_at=None,
        end_noticed_at=None,
    )


def _document() -> "AlertsDocument":
    """The document as it is. Raises ConfigError: the database cannot be asked."""
    from functools import partial

    from playhead.monitoring.alerts.reading import read

    with shared_database(locations()) as database:
        has_webhook, has_reports = bool(os.environ.get("ALERT_WEBHOOK")), os.environ.get("TELEMETRY") != "off"
        return database.run(partial(read, webhook=has_webhook, telemetry=has_reports))


def _open(document: "AlertsDocument") -> list[str]:
    lines = [] if document.watching else [_unwatched(document)]
    for one in document.open:
        lines += _incident(one)
    if document.watching and not document.open:
        lines.append(f"Nothing is wrong. {len(document.alerts)} alerts are watched.")
    if not document.telemetry:
        lines.append("TELEMETRY=off: pages report nothing, so alerts about what people see cannot fire.")
    return lines


def _unwatched(document: "AlertsDocument") -> str:
    when = f"the last look was at {_time(document.looked_at)}" if document.looked_at else "there was no look yet"
    return f"NOBODY WATCHES: {when}. Web processes look every 30 s; see their logs."


def _incident(one: "IncidentDocument") -> list[str]:
    urgent = "act now" if one.severity == "page" else "within days"
    lines = [f"{one.alert} ({urgent}) since {_time(one.begun_at)}: {one.summary}"]
    if one.people:
        lines.append(f"  People notice: {one.people}")
    if one.runbook:
        lines.append(f"  What to do: playhead alerts runbook {one.alert}")
    if one.notice in ("waiting", "given_up"):
        lines.append("  The webhook has not taken its notice. Try it: playhead alerts test")
    return lines


def _watched(found: "list[AlertDocument]") -> list[str]:
    width = max(len(one.name) for one in found)
    return [f"{one.name:<{width}}  {one.severity:<6}  {_value(one):>9}  {one.state}" for one in found]


def _value(one: "AlertDocument") -> str:
    if one.value is None:
        return "no data"
    if one.unit == "percent":
        return f"{one.value * 100:.3g}%"
    return f"{one.value:.0f} s" if one.unit == "seconds" else f"{one.value:.0f}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
