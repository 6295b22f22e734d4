"""Decorators that declare who may call a route: one on each view. `guards` enforces them; a test requires them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """The access rule of a route. `why`: the reason why a public route needs no sign-in."""

    kind: Literal["public", "signed_in", "login", "admin"]
    why: str = ""


def signed_in(view: View) -> View:
    """Only for a caller who is signed in: 401 `not_signed_in` for others."""
    return _mark(view, Access("signed_in"))


def login_only(view: View) -> View:
    """Only for a caller who is signed in in a browser: 403 `login_required` for an API token."""
    return _mark(view, Access("login"))


def admin_only(view: View) -> View:
    """Only for a caller who is an admin: 403 `admins_only` for others."""
    return _mark(view, Access("admin"))


def public(why: str) -> Callable[[View], View]:
    """For everyone, for the reason `why`."""
    return lambda view: _mark(view, Access("public", why))


def access_of(view: Callable[..., Any] | None) -> Access | None:
    """The access rule of a view, also through other decorators; None if it has none."""
    return getattr(view, "__access__", None)


def _mark(view: View, access: Access) -> View:
    if access_of(view) is not None:
        raise ValueError(f"{view.__name__} has two access rules")
    view.__access__ = access  # type: ignore[attr-defined]  # functools.wraps carries it outwards
    return view
