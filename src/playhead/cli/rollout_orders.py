"""`playhead rollout start|hold|resume|move|stop`: what a person does about the rollout, as on the page of admins."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from playhead.cli.flags_emergency import user
from playhead.cli.flags_obeyed import Expect, report
from playhead.cli.flags_store import open_store
from playhead.cli.rollout import FILE, plan_text
from playhead.cli.rollout_open import Opened, on_rollout
from playhead.text import one_line

if TYPE_CHECKING:
    from playhead.rollout.orders import Orders

LINE_MAX = 200
"""Characters of a reason, as on the page, and of who gives an order."""


def _line(context: click.Context, parameter: click.Parameter, given: str) -> str:
    line = one_line(given)
    if len(line) > LINE_MAX or (parameter.required and not line):
        raise click.BadParameter(f"it takes 1 to {LINE_MAX} characters.")
    return line


def ordered(*, needs_reason: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a command: adds `--reason` and `--by`."""
    why = "Why; admins see it." if needs_reason else "Why, if others should know it."
    required = {"required": True} if needs_reason else {"default": ""}

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        by = click.option("--by", callback=_line, default="", help="Who you are, if it is not this machine's user.")
        reason: Any = click.option("--reason", callback=_line, help=why, **required)
        return reason(by(command))  # type: ignore[no-any-return]

    return decorate


@click.command()
@FILE
@click.option("--act", is_flag=True, help="Move the slider. Without it the rollout watches, and says what it would do.")
@click.option("--yes", is_flag=True, help="Do not ask before people are taken from streams.")
@ordered(needs_reason=False)
@on_rollout
async def start(opened: Opened, file: Path | None, act: bool, yes: bool, reason: str, by: str) -> None:
    """Begin a rollout of streams, by the plan in FILE. Without it: the plan as delivered.

    A dry run, unless --act is given. With it the slider goes to the share of the first stage, for people who are drawn
    anew, and asks before that takes streams from people.
    """
    from playhead.rollout.plan import read

    text = plan_text(file)
    if act and not yes:
        share, first = (await opened.slider.read()).share, read(text).stages[0].share
        if share > first:
            sentence = (
                f"{share}% of people stream now. The rollout begins at {first}%, and the others will poll. Begin?"
            )
            click.confirm(sentence, abort=True, err=True)
    await _orders(opened, text).start(by or user(), reason, is_dry_run=not act)
    position = await opened.slider.read()
    what = f"The slider is at {position.share}%, group {position.group}." if act else "It moves nothing: a dry run."
    click.echo(f"Begun. {what}")
    click.echo("How it goes: playhead rollout status")
    if act:
        _report(opened)


@click.command()
@ordered(needs_reason=True)
@on_rollout
async def hold(opened: Opened, reason: str, by: str) -> None:
    """Stay at the present stage until `resume`. What is certainly bad is still taken back."""
    await _orders(opened).hold(by or user(), reason)
    click.echo("Held. It goes on with: playhead rollout resume")


@click.command()
@ordered(needs_reason=False)
@on_rollout
async def resume(opened: Opened, reason: str, by: str) -> None:
    """Go on after a hold, or after a hand moved the slider: the evidence of the stage begins anew."""
    await _orders(opened).resume(by or user(), reason)
    click.echo("Resumed: the evidence of this stage begins anew.")


@click.command()
@click.argument("share", type=click.IntRange(0, 100))
@ordered(needs_reason=True)
@on_rollout
async def move(opened: Opened, share: int, reason: str, by: str) -> None:
    """Move the slider of the running rollout to SHARE percent, whatever its plan says."""
    await _orders(opened).move(by or user(), share, reason)
    click.echo(f"The slider is at {(await opened.slider.read()).share}%.")
    _report(opened)


@click.command()
@ordered(needs_reason=True)
@on_rollout
async def stop(opened: Opened, reason: str, by: str) -> None:
    """End the watching, and leave the slider where it is."""
    await _orders(opened).stop(by or user(), reason)
    click.echo("Stopped: nobody watches, and the slider stays where it is.")


def _orders(opened: Opened, plan: str = "") -> "Orders":
    """`plan`: of the rollout that is started."""
    from playhead.rollout.acts import Acts
    from playhead.rollout.orders import Orders
    from playhead.rollout.timings import Timings

    return Orders(Acts(opened.database, opened.slider, Timings()), lambda: plan)


def _report(opened: Opened) -> None:
    """Prints whether all processes have the slider as it is now; exits with code 1 if not."""
    from playhead.flags.answers.rollout import FLAG

    report(open_store(opened.settings.unleash_admin_token), {FLAG}, Expect.OBEDIENCE)


COMMANDS = (start, hold, resume, move, stop)
