"""The last good answer of the flag server, on disk, so that it survives a restart while the server is away."""

import os
from pathlib import Path
from typing import Any

from UnleashClient.constants import ETAG, FEATURES_URL

from playhead import log
from playhead.flags import engine

logger = log.get(__name__)


class Snapshot(engine.Memory):
    """The SDK's cache. The SDK stores whatever came with a 200; this one keeps only what the engine understands."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._refused: str | None = None
        super().__init__(self._stored())

    @property
    def document(self) -> str:
        return str(self.get(FEATURES_URL, ""))

    def set(self, key: str, value: Any) -> None:
        if key == FEATURES_URL:
            self._take(str(value))
        elif key == ETAG and self._refused is not None:
            # Its ETag would make the server answer 304 from now on, as if we had understood.
            super().set(ETAG, "")
        else:
            super().set(key, value)

    def _take(self, document: str) -> None:
        if document == self._refused:
            return
        try:
            engine.evaluator(document, environment="")
        except engine.MalformedFlags as error:
            self._refused = document
            logger.error("flag server answers nonsense, the last good flags stay in force", why=str(error))
            return
        self._refused = None
        if document != self.document:
            super().set(FEATURES_URL, document)
            self._store(document)

    def _stored(self) -> str:
        try:
            document = self._path.read_text()
            engine.evaluator(document, environment="")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, engine.MalformedFlags) as error:
            logger.warning("stored flags cannot be used", path=str(self._path), why=str(error))
            return ""
        return document

    def _store(self, document: str) -> None:
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(document)
            fresh.replace(self._path)
        except OSError as error:
            logger.warning("flags cannot be stored for the next start", path=str(self._path), why=error.strerror)
