"""Generates the API description (OpenAPI 3.1) from the types and marks of the routes."""

from collections.abc import Set
from http import HTTPStatus
from typing import Any

import msgspec
from quart import Quart
from quart_schema.openapi import OpenAPIProvider
from quart_schema.validation import (
    QUART_SCHEMA_QUERYSTRING_ATTRIBUTE,
    QUART_SCHEMA_REQUEST_ATTRIBUTE,
    QUART_SCHEMA_RESPONSE_ATTRIBUTE,
)
from werkzeug.routing import Rule

from playhead.accounts.access import access_of
from playhead.accounts.limits import limit_of

DESCRIPTION = """
Audio in, words out, and every step of the way live.

Sign in with a cookie (`POST /api/v1/auth/login`) or send `Authorization: Bearer <token>` (`POST /api/v1/tokens`).
Requests that change something with the cookie carry `X-Requested-With: playhead`. Upload with `POST /api/v1/sessions`,
or by tus 1.0 at `/api/v1/uploads`, to go on where a line was cut. Then follow `links.stream` (Server-Sent Events) or
poll `links.status` with its `ETag`; `Playhead-Transport` says which of them is meant for you.

Errors are `application/problem+json` (RFC 9457) with a stable `code`. Unknown fields are to be ignored: fields are
added, never changed in meaning.
"""
SECURITY: list[dict[str, list[str]]] = [{"cookie": []}, {"token": []}]
"""The ways to authenticate; a route that needs a browser's login has the first only."""
SECURITY_SCHEMES = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "playhead"},
    "token": {"type": "http", "scheme": "bearer"},
}
CHECKED = (QUART_SCHEMA_REQUEST_ATTRIBUTE, QUART_SCHEMA_QUERYSTRING_ATTRIBUTE)
"""Attributes of views whose body or query is validated."""
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable, for programs"},
        "detail": {"type": "string", "description": "one sentence, for people"},
    },
}


def encoded(app: Quart) -> bytes:
    """Generates the description of all routes of the app, as JSON."""
    return msgspec.json.encode(app.extensions["QUART_SCHEMA"].openapi_provider.schema())


class Description(OpenAPIProvider):
    """quart-schema's description, extended by the marks of the routes."""

    def schema(self) -> dict[str, Any]:
        document = super().schema()
        # quart-schema omits nested types, so msgspec generates all of them together.
        _, types = msgspec.json.schema_components(self._models(), ref_template="#/components/schemas/{name}")
        document["components"]["schemas"] |= types | {"Problem": PROBLEM}
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        described: dict[str, Any] = _plain(document)
        return described

    def _models(self) -> set[Any]:
        views = [self._app.view_functions[rule.endpoint] for rule in self.generate_rules()]
        answered = {model for view in views for model, _ in getattr(view, QUART_SCHEMA_RESPONSE_ATTRIBUTE, {}).values()}
        requests = {model for view in views for model in getattr(view, QUART_SCHEMA_REQUEST_ATTRIBUTE, ())[:1]}
        return answered | requests

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        paths, components = super().build_paths(rule)
        view = self._app.view_functions[rule.endpoint]
        access, limit = access_of(view), limit_of(view)
        for path, operations in paths.items():
            for operation in operations.values():
                operation["parameters"] = [*operation["parameters"], *getattr(view, "__asks__", [])]
                responses = operation["responses"]
                for status, answer in getattr(view, "__answers__", {}).items():
                    present = responses.setdefault(status, {})
                    content = present.get("content", {}) | answer.get("content", {})
                    present |= answer | ({"content": content} if content else {})
                    if status >= HTTPStatus.BAD_REQUEST:
                        responses[status] = _problem(answer["description"])
                for status, why in _refusals(view, path, rule.methods or set()).items():
                    responses.setdefault(status, _problem(why))
                if access is not None and access.kind != "public":
                    operation["security"] = SECURITY[:1] if access.kind == "login" else SECURITY
                if limit is not None and limit.rate is not None:
                    responses[429] = _problem(f"More than {limit}; `Retry-After` says how long.")
        return paths, components


def _refusals(view: Any, path: str, methods: Set[str]) -> dict[int, str]:
    """The error responses that follow from a route's marks."""
    access = access_of(view)
    found = {}
    if any(hasattr(view, checked) for checked in CHECKED):
        found[400] = "The request is not as described here."
    if access is not None and access.kind != "public":
        found[401] = "Not signed in."
    if methods & {"POST", "PATCH", "DELETE"}:
        found[403] = "`cross_site`: with the cookie, by another site's page or without `X-Requested-With: playhead`."
    if access is not None and access.kind == "admin":
        found[403] = "Only for admins."
    if access is not None and access.kind == "login":
        found[403] = "Only for a browser's login, not for an API token."
    if "{" in path:
        found[404] = "Absent, or someone else's."
    if access is not None and access.kind != "public":
        found[503] = "The database cannot be reached; `Retry-After` says when to try again."
    return found


def _plain(schema: Any) -> Any:
    """Replace `prefixItems` of equal types by `items`, because many generators do not support it."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(value) for name, value in schema.items()}
    first, *others = plain.get("prefixItems", [None])
    if first is not None and all(other == first for other in others):
        del plain["prefixItems"]
        plain["items"] = first
    return plain


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}
