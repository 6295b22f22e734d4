"""Flags from an Unleash server, whose absence must not be felt: not at the start, not later, not at the end."""

import hashlib
import logging
import threading
import time
import uuid
from pathlib import Path

from UnleashClient.clients.unleash_client import UnleashClient
from UnleashClient.events import BaseEvent
from UnleashClient.utils import LOGGER as SDK_LOGGER
from UnleashClient.utils import InstanceAllowType

from playhead import log
from playhead.flags.address import api
from playhead.flags.engine import APP_NAME
from playhead.flags.snapshot import Snapshot
from playhead.flags.source import Changed, Client, Timings

METRICS_EVERY_S = 60
"""How soon exposure shows in Unleash's UI, which counts by the hour."""

REPEAT_AFTER_S = 60
"""An outage is one line a minute, not one traceback a second."""

QUIET = logging.DEBUG
"""At which the SDK logs each question about an unknown flag: the gate says so once, in its answer."""

logger = log.get(__name__)


class UnleashSource:
    """One per process, made after fork: a forked child has none of the SDK's threads, and so frozen flags."""

    def __init__(self, url: str, token: str, *, environment: str, data: Path, timings: Timings = Timings()) -> None:
        address = api(url)
        self._snapshot = Snapshot(_snapshot_path(data, address, environment))
        self._told = self._snapshot.document
        self._changed: Changed | None = None
        self._starting: threading.Thread | None = None
        self._client = UnleashClient(
            url=address,
            app_name=APP_NAME,
            environment=environment,
            instance_id=uuid.uuid4().hex,
            custom_headers={"Authorization": token},
            refresh_interval=timings.refresh_s,  # type: ignore[arg-type]  # its scheduler takes fractions, too
            request_timeout=timings.request_timeout_s,  # type: ignore[arg-type]  # as does `requests`
            request_retries=0,
            metrics_interval=METRICS_EVERY_S,
            cache=self._snapshot,
            verbose_log_level=QUIET,
            multiple_instance_mode=InstanceAllowType.SILENTLY_ALLOW,
            event_callback=self._on_event,
        )

    @property
    def client(self) -> Client:
        return self._client

    def start(self, changed: Changed) -> None:
        _calm_the_logs()
        self._changed = changed
        self._starting = threading.Thread(target=self._initialize, name="flags-start", daemon=True)
        self._starting.start()

    def close(self) -> None:
        """Send the last metrics and end. Note: takes up to four timeouts, 8 s, if the server hangs at this moment."""
        if self._starting:
            self._starting.join()
        self._client.destroy()

    def _initialize(self) -> None:
        # Registers and fetches before it returns: with a hanging server that is two timeouts, hence the thread.
        try:
            self._client.initialize_client()
        except (OSError, ValueError) as error:
            logger.error("flag server cannot be asked with these settings", why=str(error))

    def _on_event(self, _event: BaseEvent) -> None:
        # Events come for fetches that brought nothing new, too, and share a queue of 100: this must stay trivial.
        if self._changed and self._snapshot.document != self._told:
            self._told = self._snapshot.document
            logger.info("flags changed")
            self._changed()


def _snapshot_path(data: Path, address: str, environment: str) -> Path:
    """One file per server and environment: flags of another one are not a last good state of this one."""
    place = hashlib.sha256(f"{address} {environment}".encode()).hexdigest()[:8]
    return data / f"flags-unleash-{place}.json"


class _Seldom(logging.Filter):
    """Lets a message through once in a while, without its traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._last.get(str(record.msg), -REPEAT_AFTER_S) < REPEAT_AFTER_S:
            return False
        self._last[str(record.msg)] = now
        record.exc_info = None
        return True


_seldom = _Seldom()


def _calm_the_logs() -> None:
    """The SDK tells of every poll at INFO, of every failed one with a traceback; its scheduler of every late one."""
    SDK_LOGGER.setLevel(logging.WARNING)
    SDK_LOGGER.addFilter(_seldom)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
