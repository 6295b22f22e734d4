"""Flags files for tests: the delivered one, and the same with one thing changed."""

import json
from pathlib import Path
from typing import Any

from playhead.flags.file.export import client_document, read, write
from playhead.flags.file.location import default_file

USERS = [f"user-{number}" for number in range(1_000)]


class FlagsData:
    """An export that a test turns, as a person does in the editor or with Unleash's slider."""

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
        """These tags of the kind instead of those it has."""
        tags = self.export["featureTags"]
        tags[:] = [one for one in tags if (one["featureName"], one["tagType"]) != (flag, kind)]
        tags += [{"featureName": flag, "tagType": kind, "tagValue": value} for value in values]
        return self

    def say(self, flag: str, **words: object) -> "FlagsData":
        """Keys of its entry among the features."""
        next(one for one in self.export["features"] if one["name"] == flag).update(words)
        return self

    def strategy(self, flag: str, **keys: object) -> "FlagsData":
        """Keys of its only strategy."""
        self._of("featureStrategies", flag).update(keys)
        return self

    def add_strategy(self, flag: str, percent: int, **keys: object) -> "FlagsData":
        """One more gradual strategy, as the first."""
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
        """In the one order that files are written in."""
        return write(read(self.text().encode()))

    def document(self) -> str:
        """As the server would hand it to a client."""
        return client_document(read(self.text().encode()))

    def save(self, path: Path) -> Path:
        """Replace the file at once, as an editor does."""
        fresh = path.with_suffix(".new")
        fresh.write_text(self.text())
        return fresh.replace(path)

    def _of(self, part: str, flag: str) -> dict[str, Any]:
        entries: list[dict[str, Any]] = self.export[part]
        return next(entry for entry in entries if entry["featureName"] == flag)
