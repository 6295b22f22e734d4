"""Ids in requests: UUIDs in their canonical form (RFC 9562, 4). Whatever else is sent equals an id that is absent."""

import re

from quart import Quart
from werkzeug.routing import BaseConverter

CANONICAL = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""The pattern, for parameters that are checked by their type. Small letters only: an id has one form."""
NIL = "00000000-0000-0000-0000-000000000000"
"""RFC 9562, 5.9. Nothing has this id, so a route answers as it does for what is absent."""


def canonical(given: str) -> str:
    """The id itself, or `NIL` for what is none: no database is asked for bytes of the client's own choice."""
    return given if re.fullmatch(CANONICAL, given) else NIL


class IdConverter(BaseConverter):
    """`<id:id>` in a route. It matches any text, so that a malformed id gets the route's own 401 or 404."""

    def to_python(self, value: str) -> str:
        return canonical(value)


def install(app: Quart) -> None:
    """Let routes of the app take `<id:name>`. Before they are registered."""
    app.url_map.converters["id"] = IdConverter
