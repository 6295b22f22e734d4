"""The last valid response of the Unleash server, on disk: a restart while the server is away keeps the flags."""

import os
from pathlib import Path
from typing import Any

from UnleashClient.cache import BaseCache
from UnleashClient.constants import ETAG, FEATURES_URL

from playhead import log
from playhead.flags.answers import engine

logger = log.get(__name__)


class Snapshot(BaseCache):
    """The SDK's cache. The SDK stores the body of any 200; this cache keeps only what the engine can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._refused: str | None = None
        document = self._stored()
        self._values: dict[str, Any] = {FEATURES_URL: document} if document else {}
        self.bootstrapped = bool(document)

    @property
    def document(self) -> str:
        return str(self.get(FEATURES_URL, ""))

    @property
    def is_refused(self) -> bool:
        """Whether the last response was one that the engine cannot read."""
        return self._refused is not None

    def set(self, key: str, value: Any) -> None:
        if key == FEATURES_URL:
            self._take(str(value))
        elif key == ETAG and self._refused is not None:
            # With its ETag the server would answer 304 from now on, as if the document had been stored.
            self._values[ETAG] = ""
        else:
            self._values[key] = value

    def mset(self, data: dict[str, Any]) -> None:
        self._values.update(data)

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def exists(self, key: str) -> bool:
        return key in self._values

    def destroy(self) -> None:
        """Called by the SDK when it ends; the file stays."""

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
            self._values[FEATURES_URL] = document
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
