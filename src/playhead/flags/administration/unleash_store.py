"""The store of flags on an Unleash server."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from playhead.flags.administration.catalogue import find_slider
from playhead.flags.administration.store import Change, Refusal, checked, no_slider
from playhead.flags.administration.unleash_api import IMPORT_S, Admin
from playhead.flags.answers.document import Variant
from playhead.flags.answers.names import CONTEXT
from playhead.flags.answers.source import UNLEASH
from playhead.flags.file.export import ContextField, Export, Links, Strategy, normal

MOST = 100
"""The most entries that Unleash returns of a list; Playhead will never have as many archived flags."""
PROJECT = "default"
"""The only one that Unleash's open-source server has."""


class _Present(Strategy, frozen=True, kw_only=True, rename="camel"):
    """A strategy as the server lists it: with its id, without the flag's name."""

    id: str
    feature_name: str = ""


class _Switch(msgspec.Struct):
    enabled: bool


class _Remark(msgspec.Struct, rename="camel"):
    message: str
    affected_items: list[str] = []

    def __str__(self) -> str:
        return " ".join([self.message, ", ".join(self.affected_items)]).strip().rstrip(".:")


class _Validation(msgspec.Struct):
    errors: list[_Remark]
    warnings: list[_Remark]
    permissions: list[_Remark]


class _Name(msgspec.Struct):
    name: str


class _Found(msgspec.Struct):
    features: list[_Name]


class _Event(msgspec.Struct, rename="camel"):
    type: str
    created_by: str
    created_at: datetime


class _Events(msgspec.Struct):
    events: list[_Event]


class UnleashStore:
    """One environment of the default project."""

    def __init__(self, url: str, token: str, environment: str) -> None:
        self._admin = Admin(url, token)
        self._environment = environment

    kind = UNLEASH

    @property
    def location(self) -> str:
        return f"{self._admin.server}, environment {self._environment}"

    def read(self) -> Export:
        # Asked for first: to Unleash, an export of an environment that does not exist is no error.
        self._admin.ask("GET", f"environments/{_part(self._environment)}")
        fields = self._admin.get("context", list[ContextField])
        export = self._admin.post("features-batch/export", self._where(), Export)
        # An export has the fields that its strategies use; ours are worth keeping without that.
        present = {one.name for one in export.context_fields}
        ours = [one for one in fields if one.name in CONTEXT - present]
        return msgspec.structs.replace(export, context_fields=export.context_fields + ours)

    def archived(self) -> set[str]:
        found = self._admin.get(f"search/features?project=IS:{PROJECT}&archived=IS:true&limit={MOST}", _Found)
        return {one.name for one in found.features}

    def last_change(self, name: str) -> Change | None:
        found = self._admin.get(f"search/events?feature=IS:{quote(name, safe='')}&limit=1", _Events)
        return next((Change(one.created_by, one.type, one.created_at) for one in found.events), None)

    def turn(self, name: str, on: bool) -> None:
        self._admin.ask("POST", f"{self._flag(name)}/{'on' if on else 'off'}")

    def is_on(self, name: str) -> bool:
        return self._admin.get(self._flag(name), _Switch).enabled

    def slider(self, name: str) -> _Present:
        slider = find_slider([*self._admin.get(f"{self._flag(name)}/strategies", list[_Present])])
        if not isinstance(slider, _Present):
            raise no_slider(name)
        return slider

    def roll_out(self, name: str, percent: int, group: str | None = None) -> None:
        path = f"{self._flag(name)}/strategies/{_part(self.slider(name).id)}"
        given = {"rollout": str(percent)} | ({} if group is None else {"groupId": group})
        change = [{"op": "add", "path": f"/parameters/{key}", "value": value} for key, value in given.items()]
        self._admin.ask("PATCH", path, change)

    def bring(self, flags: Export) -> None:
        checked(flags)
        request = self._where() | {"data": msgspec.to_builtins(normal(flags)) | {"links": _links(flags)}}
        self._validate(request)
        self._admin.ask("POST", "features-batch/import", request, IMPORT_S)
        present = self.read()
        for name in sorted(flags.names):
            self._take_away(present, flags, name)

    def _take_away(self, present: Export, wanted: Export, name: str) -> None:
        """The import adds what a flag depends on, and variants of its environment, and never takes one away."""
        parents = {parent.feature for parent in wanted.parents(name)}
        for parent in sorted({parent.feature for parent in present.parents(name)} - parents):
            self._admin.ask("DELETE", f"projects/{PROJECT}/features/{_part(name)}/dependencies/{_part(parent)}")
        if _variants(present, name) and not _variants(wanted, name):
            self._admin.ask("PUT", f"{self._flag(name)}/variants", [])

    def _validate(self, request: dict[str, Any]) -> None:
        found = self._admin.post("features-batch/validate", request, _Validation)
        # The other warning is that existing flags are overwritten, which is the purpose.
        archived = [remark for remark in found.warnings if "archived" in remark.message]
        for remark in found.errors + found.permissions + archived:
            raise Refusal(f"{self._admin.server} refuses the flags: {remark}.")

    def _flag(self, name: str) -> str:
        return f"projects/{PROJECT}/features/{_part(name)}/environments/{_part(self._environment)}"

    def _where(self) -> dict[str, Any]:
        return {"project": PROJECT, "environment": self._environment}


def _links(flags: Export) -> list[dict[str, Any]]:
    """The links of every flag, an empty list included: the import replaces the links of the flags that are listed."""
    present = {one.feature: one for one in flags.links}
    return [msgspec.to_builtins(present.get(name) or Links(name, [])) for name in sorted(flags.names)]


def _variants(flags: Export, name: str) -> list[Variant]:
    environment = flags.environment(name)
    return environment.variants if environment else []


def _part(name: str) -> str:
    """Quote a name as one segment of a path."""
    return quote(name, safe="")
