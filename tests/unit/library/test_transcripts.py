import msgspec
import pytest

from playhead.library.transcripts import JSON_TAIL, attachment, json_head, json_page
from playhead.sessions.facts import Word
from playhead.sessions.models import Segment

WORDS = (Word(0.0, 0.5, "Hello"), Word(0.6, 1.5, "there."))
SEGMENTS = [Segment(0, 0.0, 1.5, "Hello there.", None, WORDS), Segment(1, 2.0, 3.0, "Me?", 2)]


def test_json_head_pages_and_tail_are_one_document() -> None:
    pages = json_page(SEGMENTS[:1]) + b"," + json_page(SEGMENTS[1:])
    assert msgspec.json.decode(json_head("a", None, complete=True) + pages + JSON_TAIL) == {
        "session_id": "a",
        "revision": 0,
        "language": None,
        "complete": True,
        "segments": [
            {"index": 0, "start_s": 0.0, "end_s": 1.5, "text": "Hello there.", "revision": 0},
            {"index": 1, "start_s": 2.0, "end_s": 3.0, "text": "Me?", "revision": 0, "channel": 2},
        ],
    }


def test_json_has_words_if_they_are_asked_for() -> None:
    (one, other) = msgspec.json.decode(b"[" + json_page(SEGMENTS, words=True) + b"]")
    assert one["words"] == [
        {"start_s": 0.0, "end_s": 0.5, "text": "Hello"},
        {"start_s": 0.6, "end_s": 1.5, "text": "there."},
    ]
    assert other["words"] == []


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("talk.mp3", "attachment; filename=\"talk.srt\"; filename*=UTF-8''talk.srt"),
        (
            "Meeting 2026.11.28",
            "attachment; filename=\"Meeting 2026.11.28.srt\"; filename*=UTF-8''Meeting%202026.11.28.srt",
        ),
        ("👨\u200d👩.m4a", "attachment; filename=\"___.srt\"; filename*=UTF-8''%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9.srt"),
        ("می\u200cخ.m4a", "attachment; filename=\"____.srt\"; filename*=UTF-8''%D9%85%DB%8C%E2%80%8C%D8%AE.srt"),
        ("talk", "attachment; filename=\"talk.srt\"; filename*=UTF-8''talk.srt"),
        ('a"b\\c\r\n.mp3', "attachment; filename=\"a_b_c__.srt\"; filename*=UTF-8''a%22b%5Cc%0D%0A.srt"),
        ("Gespräch 1.mp3", "attachment; filename=\"Gespr_ch 1.srt\"; filename*=UTF-8''Gespr%C3%A4ch%201.srt"),
    ],
)
def test_download_has_an_ascii_name_and_the_real_one(filename: str, header: str) -> None:
    assert attachment(filename, "srt") == header
