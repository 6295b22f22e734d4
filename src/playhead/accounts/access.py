"""Who may call a route: said by exactly one mark on its view, enforced by `guards`, demanded by a test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """`why` says, of a public route, why nobody needs to sign in."""

    kind: Literal["public", "signed_in", "admin"]
    why: str = ""


def signed_in(view: View) -> View:
    """Only for a caller who is known."""
    return _mark(view, Access("signed_in"))


def admin_only(view: View) -> View:
    """Only for a caller who is an admin: 403 `admins_only` for others."""
    return _mark(view, Access("admin"))


def public(why: str) -> Callable[[View], View]:
    """For everyone, because …"""
    return lambda view: _mark(view, Access("public", why))


def accepts_beacon(view: View) -> View:
    """For `navigator.sendBeacon`, which can set no header: the browser's word for the same origin is enough."""
    view.__beacon__ = True  # type: ignore[attr-defined]  # functools.wraps carries it outwards
    return view


def access_of(view: Callable[..., Any] | None) -> Access | None:
    """The mark of a view, also through other decorators; None if it has none."""
    return getattr(view, "__access__", None)


def takes_beacons(view: Callable[..., Any] | None) -> bool:
    return getattr(view, "__beacon__", False)


def _mark(view: View, access: Access) -> View:
    if access_of(view) is not None:
        raise ValueError(f"{view.__name__} says twice who may call it")
    view.__access__ = access  # type: ignore[attr-defined]  # functools.wraps carries it outwards
    return view
