"""Speech engines: one port, and an adapter for each engine, named after it."""

from playhead.transcription.engines.port import (
    Checkpoint,
    Engine,
    Event,
    Language,
    ModelError,
    Segment,
    UnknownLanguage,
)

__all__ = ["Checkpoint", "Engine", "Event", "Language", "ModelError", "Segment", "UnknownLanguage"]
