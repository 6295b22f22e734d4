from faster_whisper.tokenizer import _LANGUAGE_CODES

from playhead.uploads.languages import CODES


def test_languages_are_the_models() -> None:
    assert set(_LANGUAGE_CODES) == CODES
