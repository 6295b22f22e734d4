"""What a person should know of a text, and what to do about it, as sentences."""

from collections.abc import Iterator

from playhead.cli.server import Status

ADVICE = {
    "other_tracks": "(playhead retry {page} --track all)",
    "language_uncertain": "(playhead retry {page} --language CODE)",
    "skipped": "Another model may hear more (playhead retry {page} --model NAME).",
}
"""What to do, by the code of a warning (CONTRACT.md, §8), where its own sentence does not say so."""


def notes_of(status: Status, page: str) -> Iterator[str]:
    """The sentences; `page` is the address of the session, which commands take."""
    for warning in status.warnings:
        advice = ADVICE.get(warning.code, "")
        yield f"{warning.message} {advice.format(page=page)}".rstrip()
