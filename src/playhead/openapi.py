"""The description of the interface (OpenAPI 3.1): from the routes' own types and marks, so that it cannot differ."""

from typing import Any

import msgspec
from quart import Quart
from quart_schema.openapi import OpenAPIProvider
from quart_schema.validation import QUART_SCHEMA_REQUEST_ATTRIBUTE, QUART_SCHEMA_RESPONSE_ATTRIBUTE
from werkzeug.routing import Rule

from playhead.accounts.access import access_of
from playhead.accounts.limits import limit_of

DESCRIPTION = """
Audio in, words out, and every step of the way live.

Sign in with a cookie (`POST /api/v1/auth/login`) or send `Authorization: Bearer <token>` (`POST /api/v1/tokens`).
Requests that change something with the cookie carry `X-Requested-With: playhead`. Upload with `POST /api/v1/sessions`,
then follow `links.stream` (Server-Sent Events) or poll `links.status` with its `ETag`; `Playhead-Transport` says which
of them is meant for you.

Errors are `application/problem+json` (RFC 9457) with a stable `code`. Unknown fields are to be ignored: fields are
added, never changed in meaning.
"""
SECURITY: list[dict[str, list[str]]] = [{"cookie": []}, {"token": []}]
SECURITY_SCHEMES = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "playhead"},
    "token": {"type": "http", "scheme": "bearer"},
}
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
    """The description of all routes that the app has now, as JSON."""
    return msgspec.json.encode(app.extensions["QUART_SCHEMA"].openapi_provider.schema())


class Description(OpenAPIProvider):
    """quart-schema's description, with what the marks of the routes say beside it."""

    def schema(self) -> dict[str, Any]:
        document = super().schema()
        # quart-schema forgets the types inside of types, so msgspec is asked for all of them at once.
        _, types = msgspec.json.schema_components(self._models(), ref_template="#/components/schemas/{name}")
        document["components"]["schemas"] |= types | {"Problem": PROBLEM}
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        return document

    def _models(self) -> set[Any]:
        views = [self._app.view_functions[rule.endpoint] for rule in self.generate_rules()]
        answered = {model for view in views for model, _ in getattr(view, QUART_SCHEMA_RESPONSE_ATTRIBUTE, {}).values()}
        asked = {model for view in views for model in getattr(view, QUART_SCHEMA_REQUEST_ATTRIBUTE, ())[:1]}
        return answered | asked

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        paths, components = super().build_paths(rule)
        view = self._app.view_functions[rule.endpoint]
        access, limit = access_of(view), limit_of(view)
        for path, operations in paths.items():
            for operation in operations.values():
                operation["parameters"] = [*operation["parameters"], *getattr(view, "__asks__", [])]
                for status, answer in getattr(view, "__answers__", {}).items():
                    known = operation["responses"].setdefault(status, {})
                    content = known.get("content", {}) | answer.get("content", {})
                    known |= answer | ({"content": content} if content else {})
                if access is not None and access.kind != "public":
                    operation["security"] = SECURITY
                    operation["responses"][401] = _problem("Not signed in.")
                if "{id}" in path:
                    operation["responses"][404] = _problem("Absent, or someone else's.")
                if limit is not None and limit.rate is not None:
                    operation["responses"][429] = _problem(f"More than {limit.rate}; `Retry-After` says how long.")
        return paths, components


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}
