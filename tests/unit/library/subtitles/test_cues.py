"""The rules of subtitles hold for any transcript, or the reason why they cannot does."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.library.subtitles.cues import Cues
from playhead.library.subtitles.rules import COLUMNS_PER_S, GAP_MS, LEAST_MS, LINE_COLUMNS, LINES, MOST_MS
from playhead.library.subtitles.split import Cue
from playhead.library.subtitles.units import cleaned, columns, is_spaceless
from playhead.sessions.facts import Word
from playhead.sessions.models import Segment
from tests.unit.library.subtitles.hostile import segments

LEAD = 12


def cues(
    transcript: list[Segment],
    *,
    duration_s: float | None = 80.0,
    language: str | None = "en",
    lead: int = 0,
    page: int = 5,
) -> list[Cue]:
    made = Cues(language=language, duration_s=duration_s, lead=lead)
    pages = [transcript[at : at + page] for at in range(0, len(transcript), page)]
    return [cue for part in pages for cue in made.add(part)] + list(made.finish())


def compact(text: str) -> str:
    return "".join(text.split())


def of_channels(made: list[Cue]) -> list[list[Cue]]:
    return [[cue for cue in made if cue.channel == channel] for channel in {cue.channel for cue in made}]


@settings(max_examples=60)
@given(segments(), st.sampled_from([None, 0.01, 80.0]))
def test_every_word_is_shown_once_and_in_order(transcript: list[Segment], duration_s: float | None) -> None:
    made = cues(transcript, duration_s=duration_s)
    for channel in {segment.channel for segment in transcript}:
        wanted = "".join(compact(cleaned(it.text)) for it in transcript if it.channel == channel)
        assert "".join(compact("".join(cue.lines)) for cue in made if cue.channel == channel) == wanted


@settings(max_examples=60)
@given(segments(), st.sampled_from([0, LEAD]))
def test_lines_are_two_at_most_and_fit(transcript: list[Segment], lead: int) -> None:
    for cue in cues(transcript, lead=lead):
        assert len(cue.lines) <= LINES
        assert all(cue.lines)
        taken = lead if cue.channel is not None else 0
        assert columns(cue.lines[0]) <= LINE_COLUMNS - taken
        assert all(columns(line) <= LINE_COLUMNS for line in cue.lines)


@settings(max_examples=60)
@given(segments(), st.sampled_from([0.01, 80.0]))
def test_cues_are_in_order_and_end_with_the_recording(transcript: list[Segment], duration_s: float) -> None:
    made = cues(transcript, duration_s=duration_s)
    assert all(0 <= cue.start_ms < cue.end_ms <= duration_s * 1000 for cue in made)
    assert all(cue.end_ms - cue.start_ms <= MOST_MS for cue in made)
    assert all(one.start_ms <= other.start_ms for one, other in pairwise(made))


@settings(max_examples=60)
@given(segments(), st.sampled_from([0.01, 80.0]))
def test_channel_never_overlaps_but_in_the_last_instant(transcript: list[Segment], duration_s: float) -> None:
    end_ms = int(duration_s * 1000)
    for channel in of_channels(cues(transcript, duration_s=duration_s)):
        for one, other in pairwise(channel):
            assert one.end_ms + GAP_MS <= other.start_ms or (
                one.end_ms == min(one.start_ms + GAP_MS, end_ms) and other.start_ms >= min(one.end_ms, end_ms - 1)
            )


@settings(max_examples=60)
@given(segments(in_order=True))
def test_cue_is_shown_long_enough_where_the_times_allow(transcript: list[Segment]) -> None:
    for channel in of_channels(cues(transcript)):
        for at, cue in enumerate(channel):
            shown = cue.end_ms - cue.start_ms
            if shown >= LEAST_MS and cue.columns * 1000 <= COLUMNS_PER_S * shown:
                continue
            least = cue.start_ms + GAP_MS
            following = channel[at + 1].start_ms - GAP_MS if at + 1 < len(channel) else 80_000
            assert cue.end_ms == cue.start_ms + MOST_MS or cue.end_ms >= min(80_000, max(least, following))


@settings(max_examples=60)
@given(segments(), st.integers(1, 7))
def test_pages_do_not_matter(transcript: list[Segment], page: int) -> None:
    assert cues(transcript, page=page) == cues(transcript, page=100)


@settings(max_examples=60)
@given(segments(in_order=True))
def test_no_line_ends_within_a_word(transcript: list[Segment]) -> None:
    words = {word for segment in transcript for word in cleaned(segment.text).split()}
    lines = [line.split() for cue in cues(transcript) for line in cue.lines]
    for part in {part for line in lines for part in line} - words:
        assert any(part in word and (columns(word) > LINE_COLUMNS or any(map(is_spaceless, word))) for word in words)


def test_long_speech_without_a_pause_is_held_back_only_in_part() -> None:
    made = Cues(language="en", duration_s=None)
    speech = [Segment(at, at * 3.0, at * 3.0 + 3.0, "and so it goes on and on and") for at in range(300)]
    shown = list(made.add(speech))
    assert 900_000 - shown[-1].end_ms < 120_000
    assert shown + list(made.finish()) == cues(speech, duration_s=None)


def test_silent_channel_does_not_hold_back_the_other() -> None:
    made = Cues(language="en", duration_s=None)
    answers = [Segment(at, at * 5.0, at * 5.0 + 3, "Yes, I am here.", 1) for at in range(1, 200)]
    shown = list(made.add([Segment(0, 0.0, 1.0, "Hello?", 2), *answers]))
    assert len(shown) > 190
    assert shown[0].channel == 2


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "So I was thinking about what you said yesterday, and left.",
            ("So I was thinking", "about what you said yesterday, and left."),
        ),
        (
            "今日は天気がとても良いので、公園に散歩に行きましょう。",
            ("今日は天気がとても良いので、", "公園に散歩に行きましょう。"),
        ),
        ("Yes, we can.", ("Yes, we can.",)),
    ],
)
def test_lines_end_where_a_person_would_end_them(text: str, lines: tuple[str, ...]) -> None:
    (cue,) = cues([Segment(0, 0.0, 5.0, text)])
    assert cue.lines == lines


def test_cue_ends_with_its_sentence() -> None:
    one, other = "Nobody knew why the train had stopped.", "Then Dr. Smith got up and opened a door."
    made = cues([Segment(0, 0.0, 7.0, f"{one} {other}")])
    assert [" ".join(cue.lines) for cue in made] == [one, other]


def test_short_answers_share_a_cue() -> None:
    made = cues([Segment(0, 0.0, 0.4, "Yes."), Segment(1, 0.5, 1.0, "I know.")])
    assert [cue.lines for cue in made] == [("Yes. I know.",)]


def test_words_have_the_times_at_which_they_are_spoken() -> None:
    words = (Word(0.0, 0.5, "First."), Word(6.0, 6.5, "Second."))
    made = cues([Segment(0, 0.0, 6.5, "First. Second.", None, words)])
    assert [(cue.start_ms, cue.end_ms) for cue in made] == [(0, 1_000), (6_000, 7_000)]


def test_words_that_are_not_those_of_the_text_do_not_count() -> None:
    words = (Word(3.0, 3.5, "Something"), Word(6.0, 6.5, "else."))
    assert [cue.start_ms for cue in cues([Segment(0, 0.0, 1.0, "First. Second.", None, words)])] == [0]


def test_short_gap_between_cues_is_closed() -> None:
    text = "This sentence takes three seconds to say."
    one, other = cues([Segment(0, 0.0, 3.0, text), Segment(1, 3.4, 6.4, text)])
    assert other.start_ms - one.end_ms == GAP_MS


def test_text_of_a_long_silence_is_not_spread_over_it() -> None:
    (cue,) = cues([Segment(0, 0.0, 29.0, "Thank you.")])
    assert (cue.start_ms, cue.end_ms) == (0, 2_250)


def test_name_of_a_channel_takes_its_time_to_be_read() -> None:
    speech = [Segment(0, 0.0, 1.0, "I am sitting right here.", 1)]
    assert [cue.end_ms for lead in (0, 11) for cue in cues(speech, lead=lead)] == [1_412, 2_059]


def test_channels_may_speak_at_once() -> None:
    one, other = cues([Segment(0, 0.0, 3.0, "I am sitting right here.", 1), Segment(1, 1.0, 2.0, "Hello?", 2)])
    assert (one.channel, one.end_ms, other.channel, other.start_ms) == (1, 3_000, 2, 1_000)


def test_gap_before_a_cue_in_the_last_millisecond_is_whole() -> None:
    text = "This sentence takes three seconds to say."
    one, other = cues([Segment(0, 0.0, 3.95, text), Segment(1, 4.0, 5.0, "Yes.")], duration_s=4.0)
    assert (one.end_ms, other.start_ms, other.end_ms) == (3_999 - GAP_MS, 3_999, 4_000)
