"""The catalogue of flags: for each, whether it is on, its rollout, its owner, and the dates of its life."""

from dataclasses import dataclass
from datetime import date

from playhead.flags.file.export import Export, Strategy

GRADUAL = "flexibleRollout"
"""Unleash's name of the strategy with the slider."""
OWNER, SINCE, REMOVE_BY = "owner", "since", "remove-by"
"""Tag types: Unleash's import keeps tags, and its UI shows them. The values of the last two are dates."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    name: str
    on: bool
    rollout: str | None
    """The percentage of the strategy that `find_slider` returns; None without one."""
    strategies: int
    owner: str | None
    since: date | None
    remove_by: date | None

    def age_days(self, today: date) -> int | None:
        return (today - self.since).days if self.since else None

    def overdue(self, today: date) -> bool:
        return self.remove_by is not None and self.remove_by < today


def catalogue(export: Export) -> list[Entry]:
    """All flags, sorted by name. An invalid date is None here; `check` reports it."""
    return [_entry(export, name) for name in sorted(export.names)]


def _entry(export: Export, name: str) -> Entry:
    slider = find_slider(export.strategies(name))
    return Entry(
        name=name,
        on=export.is_on(name),
        rollout=slider.parameters.get("rollout") if slider else None,
        strategies=len(export.strategies(name)),
        owner=tag(export, name, OWNER),
        since=day(tag(export, name, SINCE)),
        remove_by=day(tag(export, name, REMOVE_BY)),
    )


def gradual(strategies: list[Strategy]) -> list[Strategy]:
    return [strategy for strategy in strategies if strategy.name == GRADUAL and not strategy.disabled]


def find_slider(strategies: list[Strategy]) -> Strategy | None:
    """The strategy whose slider is "the rollout" of a flag: the only gradual one, or the only one of several without
    constraints; others are for a few people, such as admins, and stay as they are. None if there is none or several.
    """
    candidates = gradual(strategies)
    if len(candidates) > 1:
        candidates = [strategy for strategy in candidates if not strategy.constraints and not strategy.segments]
    return candidates[0] if len(candidates) == 1 else None


def tag(export: Export, name: str, kind: str) -> str | None:
    return next(iter(export.tags(name).get(kind, [])), None)


def day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
