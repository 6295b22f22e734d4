"""Decides how long a cue is shown: from its speech on, long enough to be read, if the next one leaves the time."""

from dataclasses import replace

from playhead.library.subtitles.rules import CHAIN_MS, COLUMNS_PER_S, GAP_MS, LEAST_MS, MOST_MS
from playhead.library.subtitles.split import Cue


def timed(cue: Cue, following_ms: int | None, duration_ms: int | None) -> Cue:
    """Returns the cue with the times at which it is shown.

    It is shown for `GAP_MS` at least, so the next one may have to begin later than its speech. Only at the end of the
    recording, where there is no time left, cues share the last millisecond.

    Args:
        cue: with the times of its speech.
        following_ms: when the next one of its channel begins, at the earliest; None: there is none.
        duration_ms: of the recording; None: it ends with its last speech.
    """
    if duration_ms is None:
        last = max(cue.end_ms, cue.start_ms + GAP_MS, following_ms or 0)
    else:
        last = max(1, duration_ms)
        following_ms = None if following_ms is None else min(following_ms, last - 1)  # it is moved so, too
    start = min(cue.start_ms, last - 1)
    free = last if following_ms is None else following_ms - GAP_MS
    limit = min(max(free, start + GAP_MS), start + MOST_MS, last)
    to_read = -(-cue.columns * 1000 // COLUMNS_PER_S)
    end = min(max(cue.end_ms, start + LEAST_MS, start + to_read), limit)
    if following_ms is not None and GAP_MS < following_ms - end < CHAIN_MS:
        end = limit
    return replace(cue, start_ms=start, end_ms=end)
