"""Makes the message of a status from its numbers."""

import msgspec

from playhead.sessions.status import Stage, Status
from playhead.text import clock, size

ALMOST_S = 0.5
"""Below this the message is "almost done"."""
KEPT = "The text of before is kept."
"""What becomes of a text that was to be replaced."""


def about(seconds: float) -> str:
    """Formats a rounded length of time: `35 s`, `4 min`, `1 h 20 min`."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 55:
        return f"{5 * round(seconds / 5)} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(5 * round(minutes / 5), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def with_message(status: Status) -> Status:
    """Sets the message of a status."""
    return msgspec.structs.replace(status, message=_sentence(status))


def _sentence(status: Status) -> str:
    match status.stage:
        case Stage.UPLOADING:
            return _uploading(status)
        case Stage.QUEUED:
            return _queued(status)
        case Stage.DECODING:
            return "Reading the audio"
        case Stage.LOADING_MODEL:
            length = f" for {clock(status.duration_s)} of audio" if status.duration_s else ""
            return f"Loading the speech model{length}"
        case Stage.TRANSCRIBING:
            return _transcribing(status)
        case Stage.RETRYING:
            return _retrying(status)
        case Stage.FINALIZING:
            return "Finishing" if _is_again(status) else f"Finishing: {_count(status.segments)}"
        case Stage.COMPLETED:
            length = f"{clock(status.duration_s)} of audio, " if status.duration_s else ""
            return f"Done: {length}{_count(status.segments)}"
        case Stage.FAILED:
            sentence = status.error.message if status.error else "The transcription failed"
            return f"{sentence.removesuffix('.')}. {KEPT}" if _is_again(status) else sentence
        case Stage.CANCELED:
            if _is_again(status):
                return f"Canceled. {KEPT}"
            kept = f": {_count(status.segments)} kept" if status.segments else ""
            return f"Canceled{kept}"


def _uploading(status: Status) -> str:
    if status.progress is None:
        return "Uploading"
    if not isinstance(status.size_bytes, int):
        return f"Uploading: {status.progress:.0%}"
    whole = size(status.size_bytes)
    if status.progress == 1:
        return f"Uploaded: {whole}"
    line = f"Uploading: {size(round(status.progress * status.size_bytes))} of {whole}"
    return f"{line}, about {about(status.eta_s)} left" if status.eta_s else line


def _queued(status: Status) -> str:
    ahead = (status.queue_position or 1) - 1
    line = "Next in line" if ahead == 0 else f"Waiting: {ahead} {'session' if ahead == 1 else 'sessions'} ahead"
    return f"{line}, about {about(status.eta_s)} in all" if status.eta_s else line


def _retrying(status: Status) -> str:
    kept = f" from {clock(status.position_s)}" if status.position_s else ""
    if status.retry_in_s is None:
        return f"Interrupted: attempt {status.attempt} goes on{kept}"
    when = f"in {about(status.retry_in_s)}" if status.retry_in_s else "as soon as a worker is free"
    return f"Interrupted: attempt {status.attempt + 1} goes on{kept} {when}"


def _transcribing(status: Status) -> str:
    verb = "Transcribing again" if _is_again(status) else "Transcribing"
    if not status.duration_s:
        return verb
    # The probed and the decoded length differ a little.
    done_s = min(status.position_s or 0, status.duration_s)
    line = f"{verb}: {clock(done_s)} of {clock(status.duration_s)}"
    if status.eta_s is None:
        return line
    return f"{line}, about {about(status.eta_s)} left" if status.eta_s >= ALMOST_S else f"{line}, almost done"


def _is_again(status: Status) -> bool:
    """Whether a new text is written, and the one before it served meanwhile."""
    return isinstance(status.next_revision, int)


def _count(segments: int) -> str:
    if segments == 0:
        return "no speech found"
    return f"{segments} line{'' if segments == 1 else 's'}"
