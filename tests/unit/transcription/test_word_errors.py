"""The word error rate of the default model on a real recording of several windows stays low.

One is enough, because the model itself is pinned: what can break is how a recording is decoded, cut and joined. That
takes a quarter of its length in CPU.
"""

from infra.load.hearing import word_error

from playhead.transcription.engines import Segment
from playhead.transcription.engines.faster_whisper import FasterWhisper
from tests.support.speech import TWO_CITIES, text_of


def _word_error_rate(engine: FasterWhisper) -> float:
    expected = text_of(TWO_CITIES).replace("\n", " ")
    events = engine.segments(TWO_CITIES, None, 0.0)
    transcribed = " ".join(event.text for event in events if isinstance(event, Segment))
    return word_error([expected], [transcribed])


def test_default_model_has_a_low_word_error_rate(base: FasterWhisper) -> None:
    assert _word_error_rate(base) <= 0.05
