"""A person sees who speaks in a call, and has another track transcribed while the words of before are shown."""

from pathlib import Path

import numpy as np

from playhead.transcription.mixer import SAMPLE_RATE
from tests.e2e.browsers.by_playwright import PlaywrightTab
from tests.e2e.browsers.following import STATUS, WORDS
from tests.e2e.browsers.test_accessible import all_wrong
from tests.support import media
from tests.support.recordings import Sound, side_by_side, silence, speech_a, speech_b, wav
from tests.support.speech import words
from tests.support.waiting import START_S, until

SPOKEN_S = 6
"""Seconds of each speech: a sentence, of which the engine makes out the words below."""
A_HAS, B_HAS = "fellow americans", "john dashwood"
NOTES = "About this text"
LINES = """
return [...document.querySelectorAll(`[role=group][aria-label="${arguments[0]}"] li > :not(button)`)].map(
  line => line.textContent.replace(/\\s+/g, ' ').trim())
"""
WATCH = """
const [name] = arguments
const words = () => document.querySelector(`[role=group][aria-label="${name}"]`).textContent
window.shown = [words()]
new MutationObserver(() => words() === window.shown.at(-1) || window.shown.push(words()))
  .observe(document.querySelector('main'), { childList: true, characterData: true, subtree: true })
"""
"""Notes each text that the page shows."""


def first_of(speech: Sound) -> Sound:
    return speech[: SPOKEN_S * SAMPLE_RATE]


def upload(tab: PlaywrightTab, path: Path) -> None:
    tab.visit("/")
    tab.see("heading", "New transcription")
    tab.choose("Choose a recording", path)
    tab.see("heading", path.name)
    is_done(tab)


def is_done(tab: PlaywrightTab) -> None:
    until(lambda: "Done" in tab.text("region", STATUS), "it is done", START_S)


def shows(tab: PlaywrightTab, spoken: str) -> None:
    # The status may come by a poll, a moment before the last words come by the stream.
    until(lambda: spoken in words(tab.text("group", WORDS)), spoken, START_S)


def test_each_line_of_a_call_names_its_channel(tab: PlaywrightTab, tmp_path: Path) -> None:
    other = np.concatenate([silence(SPOKEN_S), first_of(speech_b())])
    upload(tab, wav(tmp_path / "call.wav", side_by_side(first_of(speech_a()), other)))
    shows(tab, B_HAS)
    assert all_wrong(tab) == []
    lines: list[str] = tab.run(LINES, WORDS)
    assert {line.split(":")[0] for line in lines} == {"Channel 1", "Channel 2"}
    assert A_HAS in words(" ".join(line for line in lines if line.startswith("Channel 1:")))
    assert B_HAS in words(" ".join(line for line in lines if line.startswith("Channel 2:")))


def test_another_track_is_transcribed_while_the_first_is_shown(tab: PlaywrightTab, tmp_path: Path) -> None:
    sounds = [first_of(speech_a()), first_of(speech_b())]
    upload(tab, media.tracks(sounds, tmp_path / "two.mkv", media.Format("matroska", "flac", SAMPLE_RATE)))
    shows(tab, A_HAS)
    tab.see("list", NOTES, "This recording has 2 audio tracks; track 1 was transcribed.")
    tab.run(WATCH, WORDS)
    tab.click("button", "Transcribe another…")
    tab.see("dialog", "Transcribe again")
    assert tab.run("return document.querySelector('dialog select').value") == "2"
    assert all_wrong(tab) == []
    tab.click("button", "Transcribe again")
    shows(tab, B_HAS)
    is_done(tab)
    tab.see("list", NOTES, "This recording has 2 audio tracks; track 2 was transcribed.")
    shown = [words(text) for text in tab.run("return window.shown")]
    assert all(shown)
    is_first = [A_HAS in text for text in shown]
    assert is_first[0]
    assert is_first == sorted(is_first, reverse=True)
