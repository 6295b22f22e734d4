"""The recordings of speech in `tests/data/speech`, and their texts."""

import re
from pathlib import Path

SPEECH = Path(__file__).parents[1] / "data" / "speech"
JFK = SPEECH / "jfk.flac"
"""11 s, the smallest."""
SENSE_AND_SENSIBILITY = SPEECH / "sense_and_sensibility.opus"
TWO_CITIES = SPEECH / "two_cities.opus"
ALL_SPEECH = (JFK, SENSE_AND_SENSIBILITY, TWO_CITIES)


def text_of(speech: Path) -> str:
    return speech.with_suffix(".txt").read_text()


def words(text: str) -> str:
    """The words alone, in small letters and without punctuation, for comparisons."""
    return " ".join(re.findall(r"[a-z']+", text.lower()))
