"""Playhead turns audio into text and lets people watch it happen."""

from importlib.metadata import version

__version__ = version("playhead")
