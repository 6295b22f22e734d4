"""Flags files for tests: the default one with changes."""

import json
from pathlib import Path
from typing import Any

from playhead.flags.file.export import client_document, read, write
from playhead.flags.file.location import default_file

USERS = [f"user-{number}" for number in range(1_000)]


class FlagsData:
    """The default export with changes, as a person makes them in an editor or in Unleash."""

    def __init__(self) -> None:
        self.export: dict[str, Any] = json.loads(default_file().read_text())

    def roll_out(self, flag: str, percent: int) -> "FlagsData":
        self._of("featureStrategies", flag)["parameters"]["rollout"] = str(percent)
        return self

    def turn(self, flag: str, on: bool) -> "FlagsData":
        self._of("featureEnvironments", flag)["enabled"] = on
        return self

    def constrain(self, flag: str, context: str, *values: str) -> "FlagsData":
        constraint = {"contextName": context, "operator": "IN", "values": list(values)}
        self._of("featureStrategies", flag)["constraints"] = [constraint]
        return self

    def tune(self, payload: str) -> "FlagsData":
        self._of("featureStrategies", "sse.tuning")["variants"][0]["payload"]["value"] = payload
        return self.turn("sse.tuning", on=True)

    def tag(self, flag: str, kind: str, *values: str) -> "FlagsData":
        """Replaces the flag's tags of this kind."""
        tags = self.export["featureTags"]
        tags[:] = [one for one in tags if (one["featureName"], one["tagType"]) != (flag, kind)]
        tags += [{"featureName": flag, "tagType": kind, "tagValue": value} for value in values]
        return self

    def set_feature(self, flag: str, **keys: object) -> "FlagsData":
        """Sets keys of the flag's entry in `features`."""
        next(one for one in self.export["features"] if one["name"] == flag).update(keys)
        return self

    def strategy(self, flag: str, **keys: object) -> "FlagsData":
        """Sets keys of the flag's only strategy."""
        self._of("featureStrategies", flag).update(keys)
        return self

    def add_strategy(self, flag: str, percent: int, **keys: object) -> "FlagsData":
        """Inserts another gradual strategy as the first."""
        more = {**self._of("featureStrategies", flag), "title": "Admins", **keys}
        more["parameters"] = {**more["parameters"], "rollout": str(percent)}
        self.export["featureStrategies"].insert(0, more)
        return self

    def without(self, flag: str) -> "FlagsData":
        for entries in self.export.values():
            entries[:] = [one for one in entries if flag not in {one.get("featureName"), one.get("name")}]
        return self

    def rename(self, flag: str, name: str) -> "FlagsData":
        self.export = json.loads(self.text().replace(f'"{flag}"', f'"{name}"'))
        return self

    def text(self) -> str:
        return json.dumps(self.export)

    def normal(self) -> bytes:
        """The export in the normal order of files."""
        return write(read(self.text().encode()))

    def document(self) -> str:
        """The document that a server sends to clients for it."""
        return client_document(read(self.text().encode()))

    def save(self, path: Path) -> Path:
        """Replaces the file atomically, as an editor does."""
        fresh = path.with_suffix(".new")
        fresh.write_text(self.text())
        return fresh.replace(path)

    def _of(self, part: str, flag: str) -> dict[str, Any]:
        entries: list[dict[str, Any]] = self.export[part]
        return next(entry for entry in entries if entry["featureName"] == flag)
