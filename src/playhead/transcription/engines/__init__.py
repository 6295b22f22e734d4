"""Speech engines: one interface (`port`), and one adapter for each engine."""

from playhead.transcription.engines.port import (
    Checkpoint,
    Engine,
    Event,
    Language,
    ModelError,
    Segment,
    Skipped,
    UnknownLanguage,
    UnknownModel,
    Word,
)

__all__ = [
    "Checkpoint",
    "Engine",
    "Event",
    "Language",
    "ModelError",
    "Segment",
    "Skipped",
    "UnknownLanguage",
    "UnknownModel",
    "Word",
]
