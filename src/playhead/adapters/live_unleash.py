"""The gate of the live kernel over an Unleash client of the app's own (`pip install 'playhead[unleash]'`)."""

import logging
from collections.abc import Callable
from typing import Any

from UnleashClient.clients.unleash_client import UnleashClient
from UnleashClient.events import BaseEvent, UnleashEventType

from playhead.live.gate import FixedTuning, Listeners, Tuning, id_of
from playhead.live.policy import Reason

logger = logging.getLogger(__name__)

CHANGES = frozenset({UnleashEventType.FETCHED, UnleashEventType.READY})
"""The events after which other flags may be in force; the rest are impressions, one for each question."""

_DEFAULT_TUNING = FixedTuning()


class UnleashGate:
    """Asks the flags that a client holds in memory, for the context `{"userId": id}`; a question sends nothing.

    An Unleash client takes its callback when it is made, so pass it on to the gate there:

        client = UnleashClient(url, app_name, event_callback=lambda event: gate.changed(event))
        gate = UnleashGate(client, stream="live-stream", allowed="live-allowed")
        client.initialize_client()

    Then open streams end as soon as the client has fetched the change, by default within 15 s (`refresh_interval`).
    Without the callback they notice it when they check the flags by themselves, about once a minute.

    Without a flag that is asked for, as before the first fetch, nobody streams (`flags_unavailable`), and with `wait`
    nobody waits. A server that is away changes nothing: the client keeps the last flags.
    """

    def __init__(
        self,
        client: UnleashClient,
        *,
        stream: str,
        allowed: str,
        wait: str | None = None,
        tuning: Tuning = _DEFAULT_TUNING,
    ) -> None:
        """
        Args:
            stream: the flag of those who may stream.
            allowed: the flag that is on as long as anybody may: the kill switch is to turn it off.
            wait: the flag of those whose polls may be held until something changes; None: everybody's.
            tuning: of the streams of everybody.
        """
        self._client = client
        self._stream, self._allowed, self._wait = stream, allowed, wait
        self._tuning = tuning
        self._listeners = Listeners()
        if client.unleash_event_callback is None:
            logger.warning("the Unleash client has no event_callback: open streams notice changed flags late")

    def may_stream(self, person: Any) -> Reason:
        for flag, off in ((self._allowed, Reason.KILL_SWITCH), (self._stream, Reason.FLAG_OFF)):
            is_on = self._is_on(flag, person)
            if is_on is None:
                return Reason.FLAGS_UNAVAILABLE
            if not is_on:
                return off
        return Reason.FLAG_ON

    def may_wait(self, person: Any) -> bool:
        return self._wait is None or self._is_on(self._wait, person) is True

    def tuning(self, person: Any) -> Tuning:
        return self._tuning

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        return self._listeners.add(callback)

    def changed(self, event: BaseEvent) -> None:
        """Take an event of the client; call it from the client's `event_callback`."""
        if event.event_type in CHANGES:
            self._listeners.notify()

    def _is_on(self, flag: str, person: Any) -> bool | None:
        """Whether a flag is on for a person; None: the client has no such flag."""
        is_missing = False

        def fallback(flag: str, context: object) -> bool:
            nonlocal is_missing
            is_missing = True
            return False

        is_on = self._client.is_enabled(flag, {"userId": id_of(person)}, fallback)
        return None if is_missing else bool(is_on)
