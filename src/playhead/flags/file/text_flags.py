"""Flags out of the text of a flags file, wherever it is kept; a new text that is broken leaves the last good flags."""

import time

from playhead import log
from playhead.flags.answers import engine
from playhead.flags.answers.names import Flag
from playhead.flags.answers.source import Client, Health
from playhead.flags.file import export

logger = log.get(__name__)


class TextFlags:
    """What is wrong with the place or the text is said once in the log."""

    def __init__(self, place: str, environment: str) -> None:
        self.client: Client = engine.Evaluator(environment)
        self.document = ""
        self._place = place
        self._environment = environment
        self._seen: bytes | None = None
        self._good_at: float | None = None
        self._trouble = ""

    def health(self) -> Health:
        age_s = None if self._good_at is None else time.monotonic() - self._good_at
        return Health(age_s=age_s, trouble=f"{self._place} cannot be used: {self._trouble}" if self._trouble else "")

    def take(self, text: bytes) -> bool:
        """Take the flags of this text if they are new and good; says whether they were."""
        if text == self._seen:
            if not self._trouble:
                self._good_at = time.monotonic()
            return False
        self._seen = text
        try:
            document = export.client_document(export.read(text))
            self.client = engine.evaluator(document, self._environment)
        except engine.MalformedFlags as error:
            self._complain(str(error))
            return False
        self.document = document
        self._good_at = time.monotonic()
        self._trouble = ""
        logger.info("flags read", place=self._place)
        if missing := [flag.value for flag in Flag if flag not in self.client.feature_definitions()]:
            logger.warning("the flags file lacks flags, which are off", place=self._place, why=", ".join(missing))
        return True

    def lack(self, why: str) -> None:
        """There is no text, for this reason."""
        self._complain(why)
        self._seen = None

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logger.error("flags file is broken, the last good flags stay in force", place=self._place, why=trouble)


class TextSource:
    """What a `Source` needs besides bringing its text to `_flags`."""

    _flags: TextFlags

    @property
    def client(self) -> Client:
        return self._flags.client

    @property
    def document(self) -> str:
        return self._flags.document

    def health(self) -> Health:
        return self._flags.health()
