"""Flags without a server, where processes on several machines share a database: the text of the file is kept there."""

from playhead.flags.answers.source import DATABASE, Changed
from playhead.flags.file.text_flags import TextFlags, TextSource


class SharedSource(TextSource):
    """Has no thread of its own: whoever reads the database brings the text (`Gate.take`)."""

    kind = DATABASE

    def __init__(self, *, environment: str) -> None:
        self._flags = TextFlags("the flags in the database", environment)

    def take(self, text: str | None) -> bool:
        """Says whether these are other flags, and good."""
        if text is None:
            self._flags.lack("there are none")
            return False
        return self._flags.take(text.encode())

    def start(self, changed: Changed) -> None:
        """Nothing runs beside."""

    def close(self) -> None:
        """Nothing runs beside."""
