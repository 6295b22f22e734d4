"""Playhead turns audio into text and lets people watch it happen."""

__version__ = "0.1.0"
