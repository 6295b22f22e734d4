"""Flags without a server: the export file, read again while the process runs."""

import threading
import time
from pathlib import Path

from playhead import log
from playhead.flags import engine, export
from playhead.flags.names import Flag
from playhead.flags.source import FILE, Changed, Client, Health, Timings

logger = log.get(__name__)


class FileSource:
    """A broken or vanished file is said once in the log, and the last good flags stay in force."""

    def __init__(self, path: Path, *, environment: str, timings: Timings = Timings()) -> None:
        self._reread_s = timings.reread_s
        self._path = path
        self._environment = environment
        self._client = engine.Evaluator(environment)
        self._document = ""
        self._seen: bytes | None = None
        self._read_at: float | None = None
        self._trouble = ""
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._load()

    @property
    def client(self) -> Client:
        return self._client

    @property
    def kind(self) -> str:
        return FILE

    @property
    def document(self) -> str:
        return self._document

    def health(self) -> Health:
        age_s = None if self._read_at is None else time.monotonic() - self._read_at
        trouble = f"the file {self._path} cannot be used: {self._trouble}" if self._trouble else ""
        return Health(age_s=age_s, trouble=trouble)

    def start(self, changed: Changed) -> None:
        self._thread = threading.Thread(target=self._watch, args=(changed,), name="flags-file", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread:
            self._thread.join()

    def _watch(self, changed: Changed) -> None:
        while not self._closing.wait(self._reread_s):
            if self._load():
                changed()

    def _load(self) -> bool:
        """Take the file's flags if they are new and good; says whether they were."""
        try:
            text = self._path.read_bytes()
        except OSError as error:
            self._complain(error.strerror or str(error))
            self._seen = None
            return False
        if text == self._seen:
            if not self._trouble:
                self._read_at = time.monotonic()
            return False
        self._seen = text
        try:
            document = export.client_document(export.read(text))
            self._client = engine.evaluator(document, self._environment)
        except engine.MalformedFlags as error:
            self._complain(str(error))
            return False
        self._document = document
        self._trouble = ""
        self._read_at = time.monotonic()
        logger.info("flags read", path=str(self._path))
        if missing := [flag.value for flag in Flag if flag not in self._client.feature_definitions()]:
            logger.warning("the flags file lacks flags, which are off", path=str(self._path), why=", ".join(missing))
        return True

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logger.error("flags file is broken, the last good flags stay in force", path=str(self._path), why=trouble)
