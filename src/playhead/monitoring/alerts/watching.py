"""What the web processes watch, and how often: the product's values, of which a test has its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from playhead.monitoring.alerts import watcher
from playhead.monitoring.alerts.table import ALERTS, Alert
from playhead.webhooks import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """The alerts, and the intervals in seconds: between two looks, between two looks into the outbox of notices, and
    before the second try of a notice."""

    alerts: Sequence[Alert] = ALERTS
    look_s: float = watcher.EVERY_S
    notices_s: float = outbox.EVERY_S
    first_pause_s: float = outbox.FIRST_PAUSE_S
