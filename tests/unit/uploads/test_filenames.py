import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.text import JOINERS
from playhead.uploads.filenames import MAX_LENGTH, clean


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("talk.mp3", "talk.mp3"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ada\\talk.mp3", "talk.mp3"),
        ("/", "audio"),
        ("", "audio"),
        (" .. ", "audio"),
        (".hidden", "hidden"),
        ("a\x00b\r\nc.mp3", "abc.mp3"),
        ("photo\u202e3pm.exe", "photo3pm.exe"),
        ("Gespräch №1 🎙.ogg", "Gespräch №1 🎙.ogg"),
        ("👨\u200d👩\u200d👧 home.m4a", "👨\u200d👩\u200d👧 home.m4a"),
        ("می\u200cخواهم.mp3", "می\u200cخواهم.mp3"),
        ("\u200d.hidden\u200d", "hidden"),
        ("\u200d", "audio"),
        ("a\u200b\u2066b\ufeff.mp3", "ab.mp3"),
        ("x" * 300 + ".mp3", "x" * 251 + ".mp3"),
    ],
)
def test_name_is_made_fit_to_be_shown(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.text())
def test_any_name_becomes_a_short_printable_one(typed: str) -> None:
    name = clean(typed)
    assert 0 < len(name) <= MAX_LENGTH
    assert "/" not in name
    assert all(unicodedata.category(letter)[0] != "C" or letter in JOINERS for letter in name)
    assert name.strip(JOINERS)
