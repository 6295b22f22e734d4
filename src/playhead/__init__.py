"""Playhead transcribes audio and streams the progress live."""

__version__ = "0.1.0"
