"""Flags without a server: the export file, read again while the process runs."""

import threading
from pathlib import Path

from playhead.flags.answers.source import FILE, Changed, Timings
from playhead.flags.file.text_flags import TextFlags, TextSource


class FileSource(TextSource):
    """A broken or vanished file leaves the last good flags in force."""

    kind = FILE

    def __init__(self, path: Path, *, environment: str, timings: Timings = Timings()) -> None:
        self._reread_s = timings.reread_s
        self._path = path
        self._flags = TextFlags(f"the file {path}", environment)
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._load()

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
            return self._flags.take(self._path.read_bytes())
        except OSError as error:
            self._flags.lack(error.strerror or str(error))
            return False
