"""Measures what hearing costs: CPU, memory and word error over the real speech of the tests, in JSON.

    .venv/bin/python infra/load/hearing.py

With `PYTHONPATH=FOLDER/src`, where FOLDER is a checkout of another commit, it measures that one. Run both in turns,
three times or more, and compare the medians: CPU seconds differ by 5 % from run to run.
"""

import json
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import jiwer

from playhead.transcription.engines import Segment
from playhead.transcription.engines.faster_whisper import FasterWhisper

SPEECH = Path(__file__).parents[2] / "tests" / "data" / "speech"
PLAIN = jiwer.Compose(
    [
        jiwer.ToLowerCase(),
        jiwer.SubstituteRegexes({r"-": " ", r"\bmr\b": "mister", r"[^\w\s]": ""}),
        jiwer.RemoveMultipleSpaces(),
        jiwer.Strip(),
        jiwer.ReduceToListOfListOfWords(),
    ]
)


def word_error(expected: Sequence[str], found: Sequence[str]) -> float:
    """The share of wrong words in texts, whatever their punctuation and capitals."""
    measured = jiwer.process_words([*expected], [*found], reference_transform=PLAIN, hypothesis_transform=PLAIN)
    return float(measured.wer)


def cpu_s() -> float:
    """CPU seconds of this process and of its decoders that ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    expected, found = [], []
    with tempfile.TemporaryDirectory() as folder:
        engine = FasterWhisper("base", Path(folder), cpu_threads=1)
        engine.load()
        began_s = cpu_s()
        for text in sorted(SPEECH.glob("*.txt")):
            (recording,) = (path for path in text.parent.glob(f"{text.stem}.*") if path != text)
            voices = engine.probe(recording).voices
            events = engine.segments(recording, None, 0.0, voices=voices)
            found.append(" ".join(event.text for event in events if isinstance(event, Segment)))
            expected.append(text.read_text().replace("\n", " "))
        ended_s = cpu_s()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found_out = {
        "cpu_s": round(ended_s - began_s, 2),
        "peak_mb": peak_mb,
        "word_error": round(word_error(expected, found), 4),
    }
    sys.stdout.write(json.dumps(found_out) + "\n")


if __name__ == "__main__":
    main()
