"""The language is decided by the mean of all windows, weighted by how long a voice was heard in each."""

from playhead.transcription.engines.detection import Detection


def after(*windows: tuple[dict[str, float], float]) -> tuple[str | None, bool]:
    detection = Detection()
    for probabilities, voice_s in windows:
        detection.note(probabilities.items(), voice_s)
    return detection.best, detection.is_certain


def test_nothing_is_known_before_a_voice_was_heard() -> None:
    assert after() == after(({"en": 0.9}, 0.0)) == (None, False)


def test_given_language_is_certain() -> None:
    detection = Detection("en")
    assert (detection.best, detection.is_certain) == ("en", True)


def test_probable_language_of_one_window_is_certain() -> None:
    assert after(({"en": 0.95, "de": 0.05}, 6.0)) == ("en", True)


def test_wrong_first_window_is_outweighed() -> None:
    wrong = ({"hr": 0.54, "uk": 0.35}, 7.0)
    assert after(wrong) == ("hr", False)
    assert after(wrong, ({"uk": 0.79}, 15.0)) == ("uk", False)
    assert after(wrong, ({"uk": 0.95}, 25.0), ({"uk": 0.95}, 25.0)) == ("uk", True)


def test_language_of_another_in_each_window_stays_uncertain() -> None:
    assert after(({"la": 0.6}, 10.0), ({"lt": 0.9}, 9.0), ({"pl": 0.9}, 8.0)) == ("lt", False)
