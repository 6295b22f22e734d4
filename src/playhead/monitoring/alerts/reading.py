"""Reads the document of alerts."""

from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.monitoring.alerts import repository
from playhead.monitoring.alerts.document import AlertsDocument, document_of

HISTORY_MAX = 200
"""Past incidents that are listed: two a day for 90 days are more than anybody can act on."""


def read(db: Db, *, webhook: bool, telemetry: bool) -> AlertsDocument:
    """The document as it is now."""
    now = present(db)
    begun, ended = repository.open_incidents(db), repository.history(db, now - repository.KEPT, HISTORY_MAX)
    return document_of(now, repository.states(db), begun, ended, webhook=webhook, telemetry=telemetry)
