"""The description of the interface (OpenAPI 3.1): from the routes' own types and marks, so that it cannot differ."""

from collections.abc import Callable
from typing import Any

from quart_schema.openapi import OpenAPIProvider
from werkzeug.routing import Rule

from playhead.accounts.access import View, access_of
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


def answers(status: int, description: str, content_type: str | None = None) -> Callable[[View], View]:
    """Describe an answer that is not one of the JSON types: a stream, a file, an empty one."""

    def mark(view: View) -> View:
        content = {content_type: {"schema": {"type": "string"}}} if content_type else None
        described: dict[int, Any] = getattr(view, "__answers__", {})
        answer = {"description": description} | ({"content": content} if content else {})
        view.__answers__ = described | {status: answer}  # type: ignore[attr-defined]  # functools.wraps carries it
        return view

    return mark


def asks(name: str, description: str, place: str = "query", type: str = "integer") -> Callable[[View], View]:
    """Describe a parameter that the route reads by itself: `place` is `query` or `header`."""

    def mark(view: View) -> View:
        parameter = {"name": name, "in": place, "description": description, "schema": {"type": type}}
        view.__asks__ = [parameter, *getattr(view, "__asks__", [])]  # type: ignore[attr-defined]  # as above
        return view

    return mark


class Description(OpenAPIProvider):
    """quart-schema's description, with what the marks of the routes say beside it."""

    def schema(self) -> dict[str, Any]:
        document = super().schema()
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        document["components"]["schemas"]["Problem"] = PROBLEM
        return document

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        paths, components = super().build_paths(rule)
        view = self._app.view_functions[rule.endpoint]
        access, limit = access_of(view), limit_of(view)
        for path, operations in paths.items():
            for operation in operations.values():
                operation["parameters"] = [*operation["parameters"], *getattr(view, "__asks__", [])]
                operation["responses"] |= getattr(view, "__answers__", {})
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
