"""The CSV of answers: what a reader of CSV gets back, and what no spreadsheet runs."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.monitoring.feedback.csv_export import FORMULA_STARTS, head, rows
from playhead.monitoring.feedback.repository import Answer
from playhead.monitoring.feedback.routes import tidy

AT = datetime(2026, 11, 29, 12, 0, 1, 5000, tzinfo=UTC)


def read_back(*comments: str) -> list[list[str]]:
    given = [Answer("id", AT, 4, comment, "stream") for comment in comments]
    return list(csv.reader(io.StringIO((head() + rows(given)).decode("utf-8-sig"), newline="")))


def test_file_begins_with_a_byte_order_mark_and_names() -> None:
    assert head() == b"\xef\xbb\xbfat,rating,mode,comment\r\n"


def test_question_without_an_answer_has_no_rating() -> None:
    assert rows([Answer("id", AT, None, "", "poll")]) == b"2026-11-29T12:00:01+00:00,,poll,\r\n"


@pytest.mark.parametrize("start", "=+-@\t\r\n＝＋－＠")
def test_formula_is_made_inert(start: str) -> None:
    assert read_back(f"{start}1+1")[1][3] == f"'{start}1+1"


@given(st.lists(st.text(), max_size=4))
def test_every_comment_is_one_cell_and_no_formula(comments: list[str]) -> None:
    kept = [tidy(comment) for comment in comments]
    table = read_back(*kept)
    assert [len(row) for row in table] == [4] * (len(kept) + 1)
    for row, comment in zip(table[1:], kept, strict=True):
        assert not row[3].startswith(FORMULA_STARTS)
        assert row[3] in (comment, f"'{comment}")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Good. \n", "Good."),
        ("a\0b\x07c\x7f", "abc"),
        ("one\r\ntwo\rthree\n\n\tfour", "one\ntwo\nthree\n\n\tfour"),
        ("\0 \n", ""),
        ("naïve 👩‍👩‍👧 \u202eabc", "naïve 👩‍👩‍👧 \u202eabc"),
    ],
)
def test_comment_loses_spaces_around_it_and_controls(typed: str, kept: str) -> None:
    assert tidy(typed) == kept
