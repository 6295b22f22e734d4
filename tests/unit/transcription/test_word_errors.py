"""The word error rate of the default model on real recordings stays low."""

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
    expected = [text_of(speech).replace("\n", " ") for speech in ALL_SPEECH]
    events = [engine.segments(speech, None, 0.0) for speech in ALL_SPEECH]
    transcribed = [" ".join(event.text for event in each if isinstance(event, Segment)) for each in events]
    measured = jiwer.process_words(expected, transcribed, reference_transform=PLAIN, hypothesis_transform=PLAIN)
    return float(measured.wer)


def test_default_model_has_a_low_word_error_rate(base: FasterWhisper) -> None:
    assert _word_error_rate(base) <= 0.05
