import pytest

from playhead.library.paragraphs import Lines, Paragraphs
from playhead.sessions.models import Segment


def paragraphs(*transcript: Segment) -> str:
    writer = Paragraphs()
    return writer.begin() + "".join(writer.add([segment]) for segment in transcript) + writer.end()


def speech(count: int, text: str) -> list[Segment]:
    return [Segment(at, at * 3.0, at * 3.0 + 2.5, text) for at in range(count)]


def test_segments_without_a_pause_are_one_paragraph() -> None:
    assert paragraphs(Segment(0, 0, 2, "Hello there."), Segment(1, 3.9, 5, "How are you?")) == (
        "Hello there. How are you?\n"
    )


def test_pause_begins_a_paragraph() -> None:
    assert paragraphs(Segment(0, 0, 2, "One."), Segment(1, 4, 5, "Two.")) == "One.\n\nTwo.\n"


@pytest.mark.parametrize(("text", "letters"), [("It is so very long.", 500), ("and it goes on and", 1_000)])
def test_long_paragraph_ends_with_a_sentence_if_there_is_one(text: str, letters: int) -> None:
    parts = paragraphs(*speech(200, text)).strip().split("\n\n")
    assert len(parts) > 1
    assert all(letters <= len(part) < letters * 1.1 for part in parts[:-1])


def test_other_channel_begins_a_paragraph_with_its_name() -> None:
    assert paragraphs(Segment(0, 0, 2, "Yes?", 1), Segment(1, 2, 3, "It is me.", 2), Segment(2, 3, 4, "Me.", 2)) == (
        "Channel 1: Yes?\n\nChannel 2: It is me. Me.\n"
    )


def test_scripts_without_spaces_get_none() -> None:
    assert paragraphs(Segment(0, 0, 2, "我们今天"), Segment(1, 2, 3, "讨论")) == "我们今天讨论\n"


def test_nothing_is_written_for_nothing() -> None:
    assert paragraphs(Segment(0, 0, 1, " \n")) == ""


def test_lines_are_segments() -> None:
    transcript = [Segment(0, 0, 2, "And <b>\n\nyou</b>\0?"), Segment(1, 2, 3, " "), Segment(2, 3, 4, "Me.", 2)]
    assert Lines().add(transcript) == "And <b> you</b> ?\nChannel 2: Me.\n"
