"""The body of a notice: Alertmanager's, version 4, so that its receivers take it, with `text` for chats beside it."""

import hashlib
from datetime import UTC, datetime

import msgspec

from playhead.monitoring.alerts.incidents import Incident
from playhead.monitoring.alerts.runbooks import path_of
from playhead.monitoring.alerts.table import BY_NAME
from playhead.webhooks.outbox import for_chats

PAGE = "/admin/health"
NEVER = "0001-01-01T00:00:00Z"
"""How Go writes no time; Alertmanager has it for the end of an alert that fires."""
RECEIVER = "playhead"
"""The name of what sent it, where Alertmanager has that of its route."""

Labels = dict[str, str]


class OneAlert(msgspec.Struct, rename="camel"):
    """An alert of the payload."""

    status: str
    labels: Labels
    annotations: Labels
    starts_at: str
    ends_at: str
    generator_url: str = msgspec.field(name="generatorURL")
    fingerprint: str


class Body(msgspec.Struct, rename="camel"):
    """The payload of a webhook of Alertmanager, with one alert, and `text`."""

    version: str
    group_key: str
    truncated_alerts: int
    status: str
    receiver: str
    group_labels: Labels
    common_labels: Labels
    common_annotations: Labels
    external_url: str = msgspec.field(name="externalURL")
    alerts: list[OneAlert]
    text: str


def body_of(incident: Incident, public_url: str, *, is_over: bool) -> bytes:
    """Makes the body; it is the same at each try.

    Args:
        incident: what it is about.
        public_url: the site's address, for links; empty: none.
        is_over: whether it is the notice of its end.
    """
    site = public_url.rstrip("/")
    status = "resolved" if is_over else "firing"
    labels = {"alertname": incident.alert, "severity": incident.severity} | ({"site": site} if site else {})
    annotations = _annotations(incident, site)
    ended = _rfc3339(incident.ended_at) if is_over and incident.ended_at else NEVER
    return msgspec.json.encode(
        Body(
            version="4",
            group_key=f'{{}}:{{alertname="{incident.alert}"}}',
            truncated_alerts=0,
            status=status,
            receiver=RECEIVER,
            group_labels={"alertname": incident.alert},
            common_labels=labels,
            common_annotations=annotations,
            external_url=site,
            alerts=[
                OneAlert(
                    status=status,
                    labels=labels,
                    annotations=annotations,
                    starts_at=_rfc3339(incident.begun_at),
                    ends_at=ended,
                    generator_url=site + PAGE if site else "",
                    fingerprint=_fingerprint(labels),
                )
            ],
            text=_text(incident, annotations, site, is_over=is_over),
        )
    )


def _annotations(incident: Incident, site: str) -> Labels:
    """What people read. Without the site's address there is no link, and an alert that is gone has no runbook."""
    found = {"summary": incident.summary}
    if alert := BY_NAME.get(incident.alert):
        found["people"] = alert.people
    if site and (path := path_of(incident.alert)):
        found["runbook_url"] = site + path
    return found


def _text(incident: Incident, annotations: Labels, site: str, *, is_over: bool) -> str:
    """One line for a chat: what is wrong or over, what people notice, and where to go on."""
    if is_over and incident.ended_at:
        minutes = max(1, round((incident.ended_at - incident.begun_at).total_seconds() / 60))
        words = f"Over after {minutes} min: {incident.summary}"
        link = site + PAGE if site else ""
    else:
        urgent = "Act now: " if incident.severity == "page" else ""
        people = f" People notice: {annotations['people']}" if "people" in annotations else ""
        words = f"{urgent}{incident.summary}{people}"
        link = annotations.get("runbook_url", "")
    return f"{for_chats(words)} {link}".rstrip()


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _fingerprint(labels: Labels) -> str:
    """16 hex digits that are the same for the same labels: receivers put begin and end together by it."""
    text = "\n".join(f"{name}={labels[name]}" for name in sorted(labels))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
