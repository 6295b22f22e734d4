"""Marks on a route that say for the interface's description what its types do not: see `openapi`."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


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
