"""Every flag at a glance: is it on, who gets it, who answers for it, and until when it may stay."""

from dataclasses import dataclass
from datetime import date

from playhead.flags.file.export import Export, Strategy

GRADUAL = "flexibleRollout"
"""Unleash's name of the strategy with the slider."""
OWNER, SINCE, REMOVE_BY = "owner", "since", "remove-by"
"""Tags, because Unleash's import keeps those and shows them. The last two are days."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    name: str
    on: bool
    rollout: str | None
    """The share in percent of the strategy that a slider moves; None where there is no such one."""
    strategies: int
    owner: str | None
    since: date | None
    remove_by: date | None

    def age_days(self, today: date) -> int | None:
        return (today - self.since).days if self.since else None

    def overdue(self, today: date) -> bool:
        return self.remove_by is not None and self.remove_by < today


def catalogue(export: Export) -> list[Entry]:
    """By name. A day that is none is left out here; `check` complains about it."""
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
    """The one strategy that is meant by "the rollout" of a flag: the only gradual one, or the only one of several that
    is for everybody; another is for a few, say the admins, and stays as it is. None: there is none, or nobody can tell.
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
