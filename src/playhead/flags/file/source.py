"""The sources of flags without a server: the text of a flags file, on disk or in the database.

A broken or missing text leaves the last valid flags in force, and is logged once.
"""

import threading
import time
from pathlib import Path

from playhead import log
from playhead.flags.answers import engine
from playhead.flags.answers.names import Flag
from playhead.flags.answers.source import DATABASE, FILE, Changed, Client, Health, Timings
from playhead.flags.file import export

logger = log.get(__name__)


class TextSource:
    """What both sources share: the flags of the last valid text."""

    def __init__(self, location: str, environment: str) -> None:
        """`location`: names the text in the log and in `health`."""
        self.client: Client = engine.Evaluator(environment)
        self.document = ""
        self._location = location
        self._environment = environment
        self._seen: bytes | None = None
        self._good_at: float | None = None
        self._trouble = ""

    def health(self) -> Health:
        age_s = None if self._good_at is None else time.monotonic() - self._good_at
        return Health(age_s=age_s, trouble=f"{self._location} cannot be used: {self._trouble}" if self._trouble else "")

    def _load(self, text: bytes) -> bool:
        """Put the flags of this text into force if it is valid; True if they replaced others."""
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
        logger.info("flags read", place=self._location)
        if missing := [flag.value for flag in Flag if flag not in self.client.feature_definitions()]:
            logger.warning("the flags file lacks flags, which are off", place=self._location, why=", ".join(missing))
        return True

    def _miss(self, why: str) -> None:
        """There is no text, for this reason."""
        self._complain(why)
        self._seen = None

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logger.error("flags file is broken, the last good flags stay in force", place=self._location, why=trouble)


class FileSource(TextSource):
    """Reads a file again and again, on a thread of its own."""

    kind = FILE

    def __init__(self, path: Path, *, environment: str, timings: Timings = Timings()) -> None:
        super().__init__(f"the file {path}", environment)
        self._reread_s = timings.reread_s
        self._path = path
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._read()

    def start(self, changed: Changed) -> None:
        self._thread = threading.Thread(target=self._watch, args=(changed,), name="flags-file", daemon=True)
        self._thread.start()

    def share(self, text: str | None) -> bool:
        return False

    def close(self) -> None:
        self._closing.set()
        if self._thread:
            self._thread.join()

    def _watch(self, changed: Changed) -> None:
        while not self._closing.wait(self._reread_s):
            if self._read():
                changed()

    def _read(self) -> bool:
        try:
            return self._load(self._path.read_bytes())
        except OSError as error:
            self._miss(error.strerror or str(error))
            return False


class DatabaseSource(TextSource):
    """Has no thread: whoever reads the database hands the text over (`Gate.take`)."""

    kind = DATABASE

    def __init__(self, *, environment: str) -> None:
        super().__init__("the flags in the database", environment)

    def share(self, text: str | None) -> bool:
        if text is None:
            self._miss("there are none")
            return False
        return self._load(text.encode())

    def start(self, changed: Changed) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to end."""
