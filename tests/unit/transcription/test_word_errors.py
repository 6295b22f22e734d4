"""The right words, by the measure of the field. Tried once: beside every Python the same native code hears them."""

import jiwer

from playhead.transcription.engines import Segment
from playhead.transcription.engines.faster_whisper import FasterWhisper
from tests.support.speech import ALL_SPEECH, text_of

PLAIN = jiwer.Compose(
    [
        jiwer.ToLowerCase(),
        jiwer.SubstituteRegexes({r"-": " ", r"\bmr\b": "mister", r"[^\w\s]": ""}),
        jiwer.RemoveMultipleSpaces(),
        jiwer.Strip(),
        jiwer.ReduceToListOfListOfWords(),
    ]
)


def _word_error_rate(engine: FasterWhisper) -> float:
    said = [text_of(speech).replace("\n", " ") for speech in ALL_SPEECH]
    events = [engine.segments(speech, None, 0.0) for speech in ALL_SPEECH]
    heard = [" ".join(event.text for event in each if isinstance(event, Segment)) for each in events]
    measured = jiwer.process_words(said, heard, reference_transform=PLAIN, hypothesis_transform=PLAIN)
    return float(measured.wer)


def test_the_default_model_hears_nearly_every_word(base: FasterWhisper) -> None:
    assert _word_error_rate(base) <= 0.05


def test_the_small_model_hears_most_words(tiny: FasterWhisper) -> None:
    assert _word_error_rate(tiny) <= 0.10
