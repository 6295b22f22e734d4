"""Writes answers as CSV (RFC 4180) that spreadsheets open as it is."""

import csv
import io
from collections.abc import Sequence

from playhead.monitoring.feedback.repository import Answer

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of its country; other programs skip it."""
COLUMNS = ("at", "rating", "mode", "comment")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula, which may send other cells away (OWASP, CSV injection); Japanese
ones take the wide letters, too."""


def head() -> bytes:
    """The first bytes of the file: the names of the columns."""
    return (BOM + _lines([COLUMNS])).encode()


def rows(answers: Sequence[Answer]) -> bytes:
    """A part of the file; without an answer the rating is empty."""
    return _lines(
        (one.at.isoformat(timespec="seconds"), "" if one.rating is None else one.rating, one.mode, _inert(one.comment))
        for one in answers
    ).encode()


def _inert(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _lines(lines: object) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(lines)  # type: ignore[arg-type]  # any rows
    return file.getvalue()
