"""The source of flags on an Unleash server. A missing server delays neither the start nor the end of a process."""

import hashlib
import logging
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from UnleashClient.clients.unleash_client import UnleashClient
from UnleashClient.constants import FEATURES_URL
from UnleashClient.events import BaseEvent
from UnleashClient.utils import LOGGER as SDK_LOGGER
from UnleashClient.utils import InstanceAllowType

from playhead import log
from playhead.flags.answers.address import api, environment_of_token
from playhead.flags.answers.engine import APP_NAME
from playhead.flags.answers.names import Flag
from playhead.flags.answers.snapshot import Snapshot
from playhead.flags.answers.source import UNLEASH, Changed, Client, Health, Timings

METRICS_EVERY_S = 60
"""How soon exposure shows in Unleash's UI, which counts by the hour."""

REPEAT_AFTER_S = 60
"""An outage is one line a minute, not one traceback a second."""

QUIET = logging.DEBUG
"""The level of the SDK's line for each question about an unknown flag: the gate's answer has that already."""

GOOD = (200, 304)
REFUSALS = {
    401: "it is none, or was deleted; make a backend token of the environment that is meant",
    403: "it may not read flags; make a backend token of the environment that is meant",
}
"""Why the server refuses the processes' token, and what to do."""

if TYPE_CHECKING:
    from requests import Response  # the SDK's own, not a dependency of ours

logger = log.get(__name__)


class UnleashSource:
    """One per process, made after fork: a forked child has none of the SDK's threads, so its flags would freeze."""

    def __init__(self, url: str, token: str, *, environment: str, data: Path, timings: Timings = Timings()) -> None:
        address = api(url)
        self._environment = environment
        self._token_environment = environment_of_token(token)
        self._silent_s = 2 * timings.refresh_s + timings.request_timeout_s
        self._answered_at: float | None = None
        self._good_at: float | None = None
        self._opened_at = time.monotonic()
        self._status = 0
        self._snapshot = Snapshot(_snapshot_path(data, address, environment))
        self._notified = self._snapshot.document
        """The document that `changed` was last called for."""
        self._changed: Changed | None = None
        self._starting: threading.Thread | None = None
        self._client = UnleashClient(
            url=address,
            app_name=APP_NAME,
            environment=environment,
            instance_id=uuid.uuid4().hex,
            custom_headers={"Authorization": token},
            custom_options={"hooks": {"response": self._on_answer}},
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

    @property
    def kind(self) -> str:
        return UNLEASH

    @property
    def document(self) -> str:
        return self._snapshot.document

    def health(self) -> Health:
        present = time.monotonic()
        age_s = None if self._good_at is None else present - self._good_at
        return Health(age_s=age_s, trouble=self._trouble(present))

    def _trouble(self, present: float) -> str:
        """The first thing that a person has to mend, as a sentence; empty if the flags are confirmed."""
        if present - (self._answered_at or self._opened_at) > self._silent_s:
            return "Unleash cannot be reached: is UNLEASH_URL right, and does the server run?"
        if self._status in REFUSALS:
            return f"Unleash refuses UNLEASH_API_TOKEN ({self._status}): {REFUSALS[self._status]}."
        if self._status and self._status not in GOOD:
            return f"Unleash answers {self._status}: is UNLEASH_URL right, and is the server well?"
        if self._snapshot.is_refused:
            return "what answers is not Unleash: is UNLEASH_URL right?"
        if self._token_environment and self._token_environment != self._environment:
            return (
                f"UNLEASH_API_TOKEN is one for {self._token_environment}, whose flags are in force, and"
                f" UNLEASH_ENVIRONMENT is {self._environment}"
            )
        if self._status and self._client.feature_definitions().keys().isdisjoint(Flag):
            return (
                "Unleash has none of Playhead's flags there: are UNLEASH_ENVIRONMENT and the project of"
                " UNLEASH_API_TOKEN right? If they are: playhead flags push"
            )
        return ""

    def _on_answer(self, answer: "Response", **_: object) -> None:
        """Called by `requests` with each response; those to registrations and metrics do not count."""
        if urlsplit(answer.url).path.endswith(FEATURES_URL):
            self._status, self._answered_at = answer.status_code, time.monotonic()
            if answer.status_code in GOOD:
                self._good_at = self._answered_at

    def start(self, changed: Changed) -> None:
        _calm_the_logs()
        self._changed = changed
        self._starting = threading.Thread(target=self._initialize, name="flags-start", daemon=True)
        self._starting.start()

    def share(self, text: str | None) -> bool:
        return False

    def close(self) -> None:
        """Send the last metrics and end. Takes up to four timeouts, 8 s, if the server hangs at this moment."""
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
        # Also called for fetches without a change, from a queue of 100 events: this must stay quick.
        if self._changed and self._snapshot.document != self._notified:
            self._notified = self._snapshot.document
            logger.info("flags changed")
            self._changed()


def _snapshot_path(data: Path, address: str, environment: str) -> Path:
    """One file per server and environment: the flags of another one are no last valid state of this one."""
    origin = hashlib.sha256(f"{address} {environment}".encode()).hexdigest()[:8]
    return data / f"flags-unleash-{origin}.json"


class _Seldom(logging.Filter):
    """Lets a message pass once in `REPEAT_AFTER_S` seconds, without its traceback."""

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
    """The SDK logs every poll at INFO, every failed one with a traceback, and its scheduler logs every late one."""
    SDK_LOGGER.setLevel(logging.WARNING)
    SDK_LOGGER.addFilter(_seldom)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
