"""Decorators that add to a route's OpenAPI description what its types do not express; `openapi` reads them."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def answers(status: int, description: str, *media_types: str) -> Callable[[View], View]:
    """Describes a response that is not one of the JSON types: a stream, a file, an empty one, an error."""

    def mark(view: View) -> View:
        content = {media_type: _schema(media_type) for media_type in media_types}
        described: dict[int, Any] = getattr(view, "__answers__", {})
        answer = {"description": description} | ({"content": content} if content else {})
        view.__answers__ = described | {status: answer}  # type: ignore[attr-defined]  # functools.wraps carries it
        return view

    return mark


def _schema(media_type: str) -> dict[str, Any]:
    # OpenAPI 3.1 cannot describe the events of a stream; the route's description lists them.
    return {} if media_type == "text/event-stream" else {"schema": {"type": "string"}}


def asks(name: str, description: str, location: str = "query", type: str = "integer") -> Callable[[View], View]:
    """Describes a parameter that the route reads itself, from the `query` or a `header`."""

    def mark(view: View) -> View:
        parameter = {"name": name, "in": location, "description": description, "schema": {"type": type}}
        view.__asks__ = [parameter, *getattr(view, "__asks__", [])]  # type: ignore[attr-defined]  # as above
        return view

    return mark
