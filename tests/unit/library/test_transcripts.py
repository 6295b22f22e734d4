import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.library.transcripts import JSON_TAIL, attachment, json_head, json_page, render, srt, vtt
from playhead.sessions.models import Segment

WORDS = [Segment(0, 0.0, 1.5, "Hello there."), Segment(1, 3661.0004, 3662.9996, "And <b>you</b> --> & me?\n\nYes.")]


def test_txt_has_a_line_for_each_segment() -> None:
    assert render("txt", WORDS) == "Hello there.\nAnd <b>you</b> --> & me? Yes.\n"


def test_srt_numbers_its_cues_and_replaces_arrows_in_text() -> None:
    assert render("srt", WORDS) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n"
        "2\n01:01:01,000 --> 01:01:03,000\nAnd <b>you</b> -> & me? Yes.\n\n"
    )


def test_vtt_escapes_what_looks_like_markup() -> None:
    assert render("vtt", WORDS) == (
        "00:00:00.000 --> 00:00:01.500\nHello there.\n\n"
        "01:01:01.000 --> 01:01:03.000\nAnd &lt;b&gt;you&lt;/b&gt; --&gt; &amp; me? Yes.\n\n"
    )


@pytest.mark.parametrize("format", ["txt", "srt", "vtt"])
def test_segment_without_words_makes_no_cue(format: str) -> None:
    assert render(format, [Segment(0, 0, 1, " \n")]) == ""


def test_cue_never_ends_before_it_begins() -> None:
    assert "00:00:02,000 --> 00:00:02,000" in srt(Segment(0, 2.0, 1.0, "a"))
    assert "00:00:00.000 --> 00:00:01.000" in vtt(Segment(0, -0.5, 1.0, "a"))
    assert "100:00:00.000" in vtt(Segment(0, 360_000, 360_000, "a"))


@given(st.text(min_size=1).filter(str.strip))
def test_any_words_stay_in_one_cue(words: str) -> None:
    for kind in ("srt", "vtt"):
        cue = render(kind, [Segment(0, 0, 1, words)])
        assert cue.count("-->") == 1
        assert len(cue.rstrip("\n").splitlines()) == (3 if kind == "srt" else 2)


def test_json_head_pages_and_tail_are_one_document() -> None:
    whole = json_head("a", None, complete=True) + json_page(WORDS[:1]) + b"," + json_page(WORDS[1:]) + JSON_TAIL
    assert msgspec.json.decode(whole) == {
        "session_id": "a",
        "language": None,
        "complete": True,
        "segments": [msgspec.to_builtins(segment) for segment in WORDS],
    }


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("talk.mp3", "attachment; filename=\"talk.srt\"; filename*=UTF-8''talk.srt"),
        ("talk", "attachment; filename=\"talk.srt\"; filename*=UTF-8''talk.srt"),
        ('a"b\\c\r\n.mp3', "attachment; filename=\"a_b_c__.srt\"; filename*=UTF-8''a%22b%5Cc%0D%0A.srt"),
        ("Gespräch 1.mp3", "attachment; filename=\"Gespr_ch 1.srt\"; filename*=UTF-8''Gespr%C3%A4ch%201.srt"),
    ],
)
def test_download_has_an_ascii_name_and_the_real_one(filename: str, header: str) -> None:
    assert attachment(filename, "srt") == header
