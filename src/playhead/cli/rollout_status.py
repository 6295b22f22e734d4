"""`playhead rollout status|history`: prints how the rollout stands, and what was decided."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from playhead.cli.rollout_open import Opened, on_rollout

if TYPE_CHECKING:
    from playhead.rollout.document import DecisionDocument, HarmDocument, RolloutDocument, RunningRollout

READ_S = 6.0
"""How long to wait for the slider: longer than its own limit of 5 s, so that its error is printed."""
SEES_NOBODY = "TELEMETRY is off: nothing is kept of who watches, and so a rollout sees nobody and never advances."


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: the document of GET /api/v1/admin/rollout.")
@on_rollout
async def status(opened: Opened, as_json: bool) -> None:
    """The ladder, where the rollout is on it, its strongest evidence, and the last decision."""
    document = await _document(opened)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    for line in [*_slider(document), *_running(document), *_ladder(document), *_last(document)]:
        click.echo(line)


@click.command()
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="The newest so many.")
@on_rollout
async def history(opened: Opened, limit: int) -> None:
    """What was decided, by whom and why, the oldest first."""
    decisions = (await _document(opened)).decisions[:limit]
    for decision in reversed(decisions):
        click.echo(_decision(decision))
    if not decisions:
        click.echo("Nothing was decided yet.")


async def _document(opened: Opened) -> "RolloutDocument":
    from playhead.rollout import overview
    from playhead.rollout.slider_reading import SliderReader

    recorded = await opened.database.run(overview.read)
    reading = await SliderReader(opened.slider, patience_s=READ_S).look()
    return overview.document_of(opened.slider, reading, recorded, telemetry=opened.has_telemetry)


def _slider(document: "RolloutDocument") -> list[str]:
    share = "?" if document.share is None else document.share
    switch = {True: "on", False: "OFF: nobody streams", None: "?"}[document.is_allowed]
    lines = [f"{document.flag}: {share}%, group {document.group or '?'}; sse.allowed is {switch}"]
    if document.emergency:
        one = document.emergency
        why = f": {one.reason}" if one.reason else ""
        lines.append(f"EMERGENCY since {_time(one.since)} by {one.by}{why}. Nobody streams until it is lifted.")
    if document.trouble:
        lines.append(f"Trouble: {document.trouble}")
    if document.limit and not document.rollout and not document.trouble:
        lines.append(document.limit)
    if not document.telemetry:
        lines.append(SEES_NOBODY)
    return lines


def _running(document: "RolloutDocument") -> list[str]:
    one = document.rollout
    if one is None:
        return ["No rollout is watched. A dry run begins with: playhead rollout start"]
    why = f": {one.reason}" if one.reason else ""
    kind = "Dry run" if one.is_dry_run else "Rollout"
    lines = [
        f"{kind} {one.id}, begun {_time(one.begun_at)} by {one.begun_by}{why}",
        _progress(one),
    ]
    stream, poll = one.arms.stream, one.arms.poll
    lines.append(
        f"Watched for {_span(one.baked_s)} of {_span(one.bake_s)}, {stream.people} of {one.people_needed} streaming"
        f" people, {poll.people} polling; silent {stream.silent} of {stream.silent_of} and {poll.silent} of"
        f" {poll.silent_of}" + (f"; {_span(one.left_s)} left at least" if one.left_s is not None else "")
    )
    if strongest := _strongest(one.harms):
        lines.append(strongest)
    return lines


def _progress(one: "RunningRollout") -> str:
    if one.state == "held" and one.held_by == "judge" and one.sentence:
        return one.sentence  # it says that it is held, until when and why
    return f"{_state(one)}. {one.sentence}".strip()


def _state(one: "RunningRollout") -> str:
    if one.state == "manual":
        return "A hand moved the slider: it only watches until playhead rollout resume"
    if one.state == "held":
        ends = " until playhead rollout resume" if one.needs_person else ""
        return f"Held by {'a person' if one.held_by == 'person' else 'the judge'}{ends}"
    return "Running"


def _strongest(harms: "list[HarmDocument]") -> str:
    """The harm that is nearest to its line; nothing before anybody was counted."""

    def strength(harm: "HarmDocument") -> float:
        return max(one for one in (harm.absolute, harm.relative, 0.0) if one is not None) - harm.hold_line

    if not any(harm.stream.people for harm in harms):
        return ""
    one = max(harms, key=strength)
    lines = f"it is doubted from {_odds(one.hold_line)}"
    if one.roll_back_line is not None:
        lines += f" and certain from {_odds(one.roll_back_line)}"
    return (
        f"Strongest evidence: {one.id}, {one.stream.harmed} of {one.stream.people} streaming people and"
        f" {one.poll.harmed} of {one.poll.people} polling, {_odds(strength(one) + one.hold_line)}; {lines}"
    )


def _odds(log10: float) -> str:
    return f"{10 ** min(log10, 300):,.0f} to 1"


def _ladder(document: "RolloutDocument") -> list[str]:
    lines = []
    for index, stage in enumerate(document.plan.stages):
        here = "   ← here" if document.rollout and document.rollout.stage == index else ""
        lines.append(
            f"{stage.share:>5}%   {_span(stage.bake_s):>6}   {stage.people:>4} people   worse for"
            f" {stage.margin * 100:g} of 100 at most{here}"
        )
    return lines + document.plan.problems


def _last(document: "RolloutDocument") -> list[str]:
    return [f"Last decision: {_decision(document.decisions[0])}"] if document.decisions else []


def _decision(one: "DecisionDocument") -> str:
    from playhead.rollout.changes import JUDGE

    moved = f" {one.share_from}% → {one.share_to}%" if one.share_to is not None else ""
    state = "" if one.state == "acted" else f", {one.state.replace('_', ' ')}"
    why = f" ({one.reason})" if one.reason and one.by != JUDGE else ""
    return f"{_time(one.at)}  {one.decision}{moved} by {one.by}{why}{state}. {one.sentence}".rstrip()


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _span(seconds: float) -> str:
    span = timedelta(seconds=round(seconds))
    if span < timedelta(minutes=2):
        return f"{span.seconds} s"
    return (
        f"{span.total_seconds() / 60:.0f} min" if span < timedelta(hours=2) else f"{span.total_seconds() / 3600:.1f} h"
    )


COMMANDS = (status, history)
