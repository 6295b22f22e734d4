"""Flags in a file that the running processes read: what is written is in force within a second."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from playhead.flags.catalogue import find_slider
from playhead.flags.export import Export, FeatureEnvironment, read, select
from playhead.flags.store import Refusal, checked


class FileStore:
    """Every write replaces the file at once, in normal form. Of two people at the same moment, the later one wins."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def place(self) -> str:
        return f"the file {self._path}"

    def read(self) -> Export:
        try:
            return read(self._path.read_bytes())
        except OSError as error:
            raise Refusal(f"The file {self._path} cannot be read: {error.strerror}.") from None

    def turn(self, name: str, on: bool) -> None:
        flags = self.read()
        others = [one for one in flags.feature_environments if one.feature_name != name]
        present = flags.environment(name) or FeatureEnvironment(name, _environment(flags), on)
        self.write(replace(flags, feature_environments=[*others, replace(present, enabled=on)]))

    def roll_out(self, name: str, percent: int) -> None:
        flags = self.read()
        slider = find_slider(flags.strategies(name))
        assert slider is not None, "whoever moves a slider has seen that there is one"
        moved = replace(slider, parameters={**slider.parameters, "rollout": str(percent)})
        strategies = [moved if one is slider else one for one in flags.feature_strategies]
        self.write(replace(flags, feature_strategies=strategies))

    def bring(self, flags: Export) -> None:
        present = self.read()
        kept = select(present, lambda name: name not in flags.names)
        self.write(
            Export(
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
        )

    def write(self, flags: Export) -> None:
        """These flags and no others.

        Raises:
            MalformedFlags: no source would take them; the file stays as it is.
            Refusal: the file cannot be written.
        """
        text = checked(flags)
        path = self._path.resolve()  # a link stays a link
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(text)
            if path.exists():
                shutil.copymode(path, fresh)
            fresh.replace(path)
        except OSError as error:
            with suppress(OSError):
                fresh.unlink()
            raise Refusal(f"The file {self._path} cannot be written: {error.strerror}.") from None


def _environment(flags: Export) -> str:
    """The file's one environment; any name will do in a file that has none yet."""
    return flags.feature_environments[0].environment if flags.feature_environments else "development"
