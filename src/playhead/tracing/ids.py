"""The ids of a session's trace, from which every process finds the spans that others may have begun.

A trace id is 32 hexadecimal digits. The span of the upload has the lower half of them as its id, and attempt `n` the
upper half plus `n`. So a span that belongs to another process, or was lost with it, can be a parent or be linked to,
and nothing but the trace id is kept.
"""

from typing import TypeAlias

from msgspec import UnsetType

TraceId: TypeAlias = str | UnsetType
"""The id of a trace that is recorded, as in the status; `UNSET` if there is none."""

SPAN_ID_END = 2**64


def root_of(trace: int) -> int:
    """Returns the id of the first span of a trace."""
    return trace % SPAN_ID_END


def attempt_of(trace: int, attempt: int) -> int:
    """Returns the id of the span of an attempt."""
    return ((trace // SPAN_ID_END) + attempt) % SPAN_ID_END


def parent_of(trace: int, attempt: int) -> int:
    """Returns the id of the span during which a status of this attempt was made: before the first, the root."""
    return attempt_of(trace, attempt) if attempt else root_of(trace)
