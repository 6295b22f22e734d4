"""How one status becomes the next: the only place where a version, a state and a sentence are made."""

import msgspec

from playhead.clock import now
from playhead.sessions.sentences import with_message
from playhead.sessions.status import ATTEMPT_SPAN, Stage, State, Status

_NAMED = {state.value for state in State}
_STATES = {stage: State(stage.value) if stage.value in _NAMED else State.PROCESSING for stage in Stage}
"""A stage that has a state's name is in that state; the others are the steps of processing."""
_OF_A_STAGE: dict[str, object] = {"eta_s": None, "eta_range_s": None, "retry_in_s": None}
"""Foretold for the stage they were said in: gone with the next one, unless said anew."""
_OF_AN_ATTEMPT: dict[str, object] = {"speed": None}
"""Measured by an attempt, and not the next one's."""


def removed(session_id: str, version: int) -> Status:
    """The last status of a session that was deleted while it was not final, for who knows no more of it than a version.

    As `advance` makes it: canceled, by an attempt above the one that wrote that version, whose word no longer counts.
    """
    attempt = version // ATTEMPT_SPAN + 1
    last = Status(
        session_id=session_id,
        version=attempt * ATTEMPT_SPAN + 1,
        attempt=attempt,
        state=State.CANCELED,
        stage=Stage.CANCELED,
        message="",
        updated_at=now(),
    )
    return with_message(last)


def advance(status: Status, *, stage: Stage, attempt: int | None = None, **changes: object) -> Status:
    """The next status of a session: in `stage`, with these fields changed and those dropped that no longer hold.

    With `attempt`, a new one, it begins that attempt's versions; else it is the next version of the present one.
    """
    fields = changes
    if stage is not status.stage or attempt is not None:
        fields = _OF_A_STAGE | fields
    if stage is not Stage.QUEUED:
        fields = {"queue_position": None} | fields
    if stage is not Stage.FAILED:
        fields = {"error": None} | fields
    if attempt is None:
        version, attempt = status.version + 1, status.attempt
    else:
        version = attempt * ATTEMPT_SPAN + 1
        fields = _OF_AN_ATTEMPT | fields
    return with_message(
        msgspec.structs.replace(
            status, version=version, attempt=attempt, state=_STATES[stage], stage=stage, updated_at=now(), **fields
        )
    )
