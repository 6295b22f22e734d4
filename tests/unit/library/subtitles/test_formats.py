"""What is written is read by FFmpeg as it was meant."""

import re

import pytest
from hypothesis import assume, given, settings

from playhead.library.subtitles.formats import HARMLESS, RIGHT_TO_LEFT_MARK, Srt, Vtt
from playhead.library.subtitles.units import cleaned
from playhead.sessions.models import Segment
from tests.unit.library.subtitles.hostile import segments
from tests.unit.library.subtitles.reading import Read, read

FORMATS = ["srt", "vtt"]
CALL = [Segment(0, 0.0, 2.0, "Who is there?", 1), Segment(1, 2.5, 4.0, "It is me.", 2)]


def written(format: str, transcript: list[Segment], duration_s: float | None = 80.0) -> str:
    kind = Srt if format == "srt" else Vtt
    writer = kind(language="en", duration_s=duration_s)
    return writer.begin() + writer.add(transcript) + writer.end()


def compact(text: str) -> str:
    return "".join(text.split())


def each_once(text: str) -> str:
    """The file, unless two cues have the same times and text, of which FFmpeg reads one."""
    cues = re.findall(r"[0-9:.,]+ --> .*?\n\n", text, re.DOTALL)
    assume(len(cues) == len(set(cues)))
    return text


def plain(transcript: list[Segment]) -> list[Segment]:
    """Without what FFmpeg itself takes for a command, and without names of channels."""
    return [Segment(it.index, it.start_s, it.end_s, it.text.replace("\\", "/"), None, it.words) for it in transcript]


def test_srt_counts_its_cues_from_one() -> None:
    assert written("srt", [Segment(0, 0.0, 1.5, "Hello."), Segment(1, 3661.0004, 3662.9996, "You?")], None) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n01:01:01,000 --> 01:01:02,000\nYou?\n\n"
    )


def test_vtt_begins_with_its_name() -> None:
    assert written("vtt", [Segment(0, 0.0, 1.5, "Hello.")]) == ("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.\n\n")


@pytest.mark.parametrize("format", FORMATS)
def test_text_that_looks_like_markup_is_shown(format: str) -> None:
    text = "And <b>you</b> --> & <i>me</i> <c.red>?"
    shown = read(format, written(format, [Segment(0, 0.0, 5.0, text)]))
    wanted = text.replace("<", "‹") if format == "srt" else text
    assert [compact(cue.text) for cue in shown] == [compact(wanted)]


def test_braces_do_not_hide_text_in_srt() -> None:
    (cue,) = read("srt", written("srt", [Segment(0, 0.0, 5.0, "{an8}Hello {there}")]))
    assert cue.text == "(an8)Hello (there)"


def test_channels_are_named_before_text_in_srt() -> None:
    assert read("srt", written("srt", CALL)) == [
        Read(0, 2_000, "Channel 1: Who is there?"),
        Read(2_500, 4_000, "Channel 2: It is me."),
    ]


def test_channels_are_voices_in_vtt() -> None:
    assert "\n<v Channel 1>Who is there?\n" in written("vtt", CALL)
    assert [cue.text for cue in read("vtt", written("vtt", CALL))] == ["Who is there?", "It is me."]


def test_name_of_a_channel_keeps_the_direction_of_its_text() -> None:
    assert f"\n{RIGHT_TO_LEFT_MARK}Channel 1: مرحبا" in written("srt", [Segment(0, 0.0, 2.0, "مرحبا بالعالم", 1)])


@pytest.mark.parametrize("format", FORMATS)
def test_segment_without_words_makes_no_cue(format: str) -> None:
    assert "-->" not in written(format, [Segment(0, 0, 1, " \n\0")])


@settings(max_examples=50)
@given(segments())
def test_any_transcript_is_read_back_from_srt(transcript: list[Segment]) -> None:
    shown = "".join(compact(cue.text) for cue in read("srt", each_once(written("srt", plain(transcript)))))
    wanted = "".join(compact(cleaned(it.text)) for it in plain(transcript))
    assert shown == wanted.translate(HARMLESS)


@settings(max_examples=50)
@given(segments())
def test_any_transcript_is_read_back_from_vtt(transcript: list[Segment]) -> None:
    shown = "".join(compact(cue.text) for cue in read("vtt", each_once(written("vtt", plain(transcript)))))
    assert shown == "".join(compact(cleaned(it.text)) for it in plain(transcript))
