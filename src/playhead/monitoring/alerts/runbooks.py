"""The runbooks of alerts: what to do about each."""

from pathlib import Path

from playhead.monitoring.alerts.table import BY_NAME

SLUGS = frozenset(alert.runbook for alert in BY_NAME.values())
"""The only ones that are read: no name from outside becomes a path."""


def folder() -> Path:
    """Where they are: beside this module in an installed package, in `infra/runbooks` in a checkout."""
    packaged = Path(__file__).with_name("runbooks")
    return packaged if packaged.is_dir() else Path(__file__).parents[4] / "infra" / "runbooks"


def text_of(slug: str) -> str | None:
    """A runbook as Markdown; None: there is none of this name."""
    if slug not in SLUGS:
        return None
    file = folder() / f"{slug}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def path_of(alert: str) -> str | None:
    """The path of an alert's runbook on this host; None for an alert that there is no more."""
    return f"/runbooks/{BY_NAME[alert].runbook}" if alert in BY_NAME else None
