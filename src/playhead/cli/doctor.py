"""`playhead doctor URL`: what is wrong on the way to a site, and what to change where."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from playhead.cli.token import token_option

if TYPE_CHECKING:
    from playhead.doctor.measured import Measured

WRONG, UNREACHABLE, INTERRUPTED = 1, 3, 130
"""Exit codes; the package's docstring lists them all."""


@click.command()
@click.argument("url", envvar="PLAYHEAD_SERVER")
@token_option()
@click.option("--long", "is_long", is_flag=True, help="Also measure how long streams last; it takes two minutes.")
@click.option("--compare", "past", metavar="URL", help="A second address of the same site, past the proxy.")
@click.option("--json", "is_json", is_flag=True, help="Print what was measured and the verdict as JSON.")
def doctor(url: str, token: str, is_long: bool, past: str | None, is_json: bool) -> None:
    """Measure the way to the site at URL, and name what holds its streams back and what to change.

    Without a token only what is public is measured.

    Exit codes: 0 nothing is wrong, 1 something is wrong or cannot be judged, 2 a wrong command, 3 no server, 130
    Ctrl-C.
    """
    import asyncio

    from playhead.cli.doctor_probe import Unreachable

    addresses = [address_of(one) for one in (url, past) if one]
    try:
        measured = asyncio.run(_measure(addresses, token, is_long=is_long))
    except Unreachable as error:
        click.echo(str(error), err=True)
        raise SystemExit(UNREACHABLE) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    raise SystemExit(_report(measured, is_json=is_json))


def address_of(given: str) -> str:
    """The address of a site, without its end. Raises BadParameter: it is none."""
    address = given if "://" in given else f"https://{given}"
    try:
        url = urlsplit(address)
        is_right = url.scheme in ("http", "https") and url.hostname and (url.port is None or url.port > 0)
    except ValueError:
        is_right = False
    if not is_right or not address.isprintable() or url.username is not None or url.query or url.fragment:
        raise click.BadParameter("The address of a site is as https://playhead.example.org.", param_hint="URL")
    return address.rstrip("/")


async def _measure(addresses: list[str], token: str, *, is_long: bool) -> "list[Measured]":
    from playhead.cli.doctor_probe import Prober, Unreachable

    measured = []
    for address in addresses:
        try:
            measured.append(await Prober(address, token, show=_shower(address)).measure(is_long=is_long))
        except Unreachable as error:
            raise Unreachable(f"{address} cannot be reached: {error}.") from None
    return measured


def _shower(address: str) -> Callable[[str], None]:
    return lambda what: click.echo(f"{address}: {what}", err=True)


def _report(measured: "list[Measured]", *, is_json: bool) -> int:
    import msgspec

    from playhead.cli.doctor_text import difference, text
    from playhead.doctor.compare import between
    from playhead.doctor.verdict import verdict

    verdicts = [verdict(one) for one in measured]
    lies_between = between(*verdicts) if len(verdicts) > 1 else None
    if is_json:
        pairs = [{"measured": one, "verdict": found} for one, found in zip(measured, verdicts, strict=True)]
        document = {**pairs[0], "past": pairs[1] if pairs[1:] else None, "between": lies_between}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
    else:
        parts = [text(one, found) for one, found in zip(measured, verdicts, strict=True)]
        if lies_between is not None:
            parts.append(difference(lies_between, measured[0].url, measured[1].url))
        click.echo("\n\n".join(parts))
    return 0 if verdicts[0].healthy else WRONG
