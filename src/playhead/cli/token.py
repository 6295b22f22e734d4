"""The option `--token` of the commands that speak to a site."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What `Authorization: Bearer` may have (RFC 6750, section 2.1)."""


class Token(click.ParamType[str]):
    """An API token, without the spaces and the line end that come with copying it."""

    name = "token"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        token = str(value).strip()
        if token and not B64TOKEN.fullmatch(token):
            self.fail("It has characters that no token has. Copy it again; it begins with ph_.", param, ctx)
        return token


def token_option(makes: str = "") -> Callable[[F], F]:
    """The option.

    Args:
        makes: the command that makes such a token; empty: the command does without one.
    """

    def given(_: click.Context, __: click.Parameter, token: str) -> str:
        if makes and not token:
            raise click.UsageError(f"Give a token with --token or PLAYHEAD_TOKEN; `{makes}` makes one.")
        return token

    words = "An API token; better in PLAYHEAD_TOKEN."
    return click.option("--token", type=Token(), envvar="PLAYHEAD_TOKEN", default="", callback=given, help=words)


def bearer(token: str) -> dict[str, str]:
    """The header of requests with this token; none without one."""
    return {"Authorization": f"Bearer {token}"} if token else {}
