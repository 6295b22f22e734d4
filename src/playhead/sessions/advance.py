"""Makes the next status of a session: the only code that sets a version, a state and a message."""

import msgspec

from playhead.live.clock import now
from playhead.sessions.sentences import with_message
from playhead.sessions.status import ATTEMPT_SPAN, Stage, State, Status

_NAMED = {state.value for state in State}
_STATES = {stage: State(stage.value) if stage.value in _NAMED else State.PROCESSING for stage in Stage}
"""A stage with the name of a state is in that state; the others are steps of `processing`."""
_OF_A_STAGE: dict[str, object] = {"eta_s": None, "eta_range_s": None, "retry_in_s": None}
"""Estimates for one stage: the next stage clears them, unless it sets its own."""
_OF_AN_UPLOAD: dict[str, object] = {"size_bytes": msgspec.UNSET, "progress": None}
"""Of the bytes that are stored: what follows is measured in seconds of audio."""
_OF_AN_ATTEMPT: dict[str, object] = {"speed": None}
"""Measurements of one attempt: the next attempt clears them."""


def removed(session_id: str, version: int) -> Status:
    """Makes the last status of a session that was deleted before it was final, from its id and a version of it.

    It is `canceled`, with an attempt above that of `version`, so that it supersedes all of that attempt's statuses.
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
    """Makes the next status of a session, and clears the fields that belong to another stage or attempt.

    Args:
        status: the present status.
        stage: the next stage, which may be the same.
        attempt: the number of a new attempt, whose versions begin; None for the next version of the present one.
        changes: fields of the status to change.
    """
    fields = changes
    if stage is not status.stage or attempt is not None:
        fields = _OF_A_STAGE | fields
    if status.stage is Stage.UPLOADING and stage is not Stage.UPLOADING:
        fields = _OF_AN_UPLOAD | fields
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
