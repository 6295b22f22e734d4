"""Decorators that declare who may call a route: one on each view. `guards` enforces them; a test requires them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """The access rule of a route.

    Args:
        why: the reason why a public route needs no sign-in.
        by_ticket: whether a ticket in the query takes the place of a login.
        by_canary: whether a token of the scope `canary` may call it, though it is no GET.
    """

    kind: Literal["public", "signed_in", "login", "admin", "canary"]
    why: str = ""
    by_ticket: bool = False
    by_canary: bool = False


def signed_in(view: View) -> View:
    """Only for a caller who is signed in: 401 `not_signed_in` for others."""
    return _mark(view, Access("signed_in"))


def signed_in_or_ticket(view: View) -> View:
    """As `signed_in`, or with `?ticket=`: then cookie and token count for nothing."""
    return _mark(view, Access("signed_in", by_ticket=True))


def signed_in_or_canary(view: View) -> View:
    """As `signed_in`, also for a canary, whose token changes nothing else."""
    return _mark(view, Access("signed_in", by_canary=True))


def canary_only(view: View) -> View:
    """Only by a token of the scope `canary`: 403 `token_scope` for others."""
    return _mark(view, Access("canary", by_canary=True))


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
