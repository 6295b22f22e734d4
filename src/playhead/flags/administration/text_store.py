"""A store that keeps its flags as the text of a flags file: every change replaces the text."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from msgspec.structs import replace

from playhead.flags.administration.catalogue import find_slider
from playhead.flags.administration.store import no_slider
from playhead.flags.file.export import Export, FeatureEnvironment, Strategy, select


class TextStore(ABC):
    """A `Store` but for `kind`, `location`, reading the text and replacing it."""

    @abstractmethod
    def read(self) -> Export:
        """The flags in force now."""

    @abstractmethod
    def _change(self, change: Callable[[Export], Export]) -> None:
        """Replace the flags by `change(flags)`; concurrent changes run one after another."""

    def archived(self) -> set[str]:
        return {feature.name for feature in self.read().features if feature.archived}

    def last_change(self, name: str) -> None:
        return None

    def turn(self, name: str, on: bool) -> None:
        self._change(lambda flags: _turned(flags, name, on))

    def is_on(self, name: str) -> bool:
        return self.read().is_on(name)

    def slider(self, name: str) -> Strategy:
        return _slider(self.read(), name)

    def roll_out(self, name: str, percent: int, group: str | None = None) -> None:
        self._change(lambda flags: _rolled_out(flags, name, percent, group))

    def bring(self, flags: Export) -> None:
        self._change(lambda present: _merged(present, flags))


def _turned(flags: Export, name: str, on: bool) -> Export:
    others = [one for one in flags.feature_environments if one.feature_name != name]
    present = flags.environment(name) or FeatureEnvironment(name, _environment(flags), on)
    return replace(flags, feature_environments=[*others, replace(present, enabled=on)])


def _slider(flags: Export, name: str) -> Strategy:
    slider = find_slider(flags.strategies(name))
    if slider is None:
        raise no_slider(name)
    return slider


def _rolled_out(flags: Export, name: str, percent: int, group: str | None) -> Export:
    slider = _slider(flags, name)
    given = {"rollout": str(percent)} | ({} if group is None else {"groupId": group})
    moved = replace(slider, parameters=slider.parameters | given)
    return replace(flags, feature_strategies=[moved if one is slider else one for one in flags.feature_strategies])


def _merged(present: Export, flags: Export) -> Export:
    """The present flags, with those of `flags` added or in place of the ones of the same name."""
    kept = select(present, lambda name: name not in flags.names)
    return Export(
        features=kept.features + flags.features,
        feature_strategies=kept.feature_strategies + flags.feature_strategies,
        feature_environments=kept.feature_environments
        + [replace(one, environment=_environment(present)) for one in flags.feature_environments],
        context_fields=list({one.name: one for one in present.context_fields + flags.context_fields}.values()),
        feature_tags=kept.feature_tags + flags.feature_tags,
        tag_types=list({one.name: one for one in present.tag_types + flags.tag_types}.values()),
        dependencies=kept.dependencies + flags.dependencies,
        links=kept.links + flags.links,
    )


def _environment(flags: Export) -> str:
    """The file's one environment; any name will do in a file that has none yet."""
    return flags.feature_environments[0].environment if flags.feature_environments else "development"
