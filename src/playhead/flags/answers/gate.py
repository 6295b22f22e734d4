"""The one gate in the code: typed questions about a user, answered by the flags. Fails closed, never raises."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from playhead import __version__, log
from playhead.flags.answers.fingerprint import gists, set_up
from playhead.flags.answers.names import Flag
from playhead.flags.answers.report import Standing
from playhead.flags.answers.shared import Emergency, Shared
from playhead.flags.answers.source import Client, Health, Source
from playhead.flags.answers.tuning import Tuning
from playhead.flags.file.shared_source import SharedSource

STREAMING = (Flag.SSE_ALLOWED.value, Flag.SSE_STATUS_STREAM.value)
"""The flags without which nobody streams."""

logger = log.get(__name__)


class StreamAnswer(StrEnum):
    """May this user stream, and why: reasons of the wire contract, §3."""

    FLAG_ON = "flag_on"
    FLAG_OFF = "flag_off"
    KILL_SWITCH = "kill_switch"
    FLAGS_UNAVAILABLE = "flags_unavailable"

    @property
    def allowed(self) -> bool:
        return self is StreamAnswer.FLAG_ON


class Gate:
    """One per process, made after fork (`connect.open_gate`). A question takes some 20 µs, on any thread."""

    def __init__(self, source: Source, *, environment: str, defaults: Tuning, awaits_shared: bool = False) -> None:
        """`awaits_shared`: nobody streams until `take` was called, because an emergency may be on."""
        self._source = source
        self._shared = None if awaits_shared else Shared()
        self._environment = environment
        self._defaults = defaults
        self._callbacks: list[Callable[[], None]] = []
        self._wrong_payload = ""
        self._gists: tuple[str, dict[str, str]] = ("", {})
        self._set_up: tuple[str, frozenset[str]] = ("", frozenset())
        source.start(self._changed)

    def streams_allowed(self, user_id: str, is_admin: bool) -> StreamAnswer:
        """The kill switch is asked here, too: it works even if someone removes the dependency in Unleash's UI."""
        client, shared = self._source.client, self._shared
        if shared is None:
            return StreamAnswer.FLAGS_UNAVAILABLE
        if shared.emergency:
            return StreamAnswer.KILL_SWITCH
        if not self._is_on(client, Flag.SSE_ALLOWED, user_id, is_admin):
            return StreamAnswer.KILL_SWITCH if self._has_switch() else StreamAnswer.FLAGS_UNAVAILABLE
        if not self._is_on(client, Flag.SSE_STATUS_STREAM, user_id, is_admin):
            return StreamAnswer.FLAG_OFF
        return StreamAnswer.FLAG_ON

    def long_poll_allowed(self, user_id: str, is_admin: bool) -> bool:
        return self._is_on(self._source.client, Flag.STATUS_LONG_POLL, user_id, is_admin)

    def live_transcript_allowed(self, user_id: str, is_admin: bool) -> bool:
        return self._is_on(self._source.client, Flag.LIVE_TRANSCRIPT, user_id, is_admin)

    def tuning(self, user_id: str, is_admin: bool) -> Tuning:
        """The settings' values, or what `sse.tuning` says for this user. A wrong payload is logged once and ignored."""
        variant = self._source.client.get_variant(Flag.SSE_TUNING, self._context(user_id, is_admin))
        payload = variant.get("payload", {}).get("value") if variant["enabled"] else None
        if payload is None:
            return self._defaults
        try:
            return self._defaults.with_payload(payload)
        except msgspec.DecodeError as error:
            if payload != self._wrong_payload:
                self._wrong_payload = payload
                logger.error(
                    "payload of sse.tuning is wrong, the settings stay in force", payload=payload, why=str(error)
                )
            return self._defaults

    def answers(self, user_id: str, is_admin: bool) -> dict[str, bool]:
        """Every flag's answer by name, to explain a decision to a person; not to decide by."""
        client = self._source.client
        answers = {flag.value: self._is_on(client, flag, user_id, is_admin) for flag in Flag}
        return answers | dict.fromkeys(STREAMING, False) if self.emergency else answers

    @property
    def emergency(self) -> Emergency | None:
        """Why nobody streams, whatever the flags say."""
        return self._shared.emergency if self._shared else None

    def health(self) -> Health:
        """How sure it is that the flags in force are those of their source."""
        return self._source.health()

    @property
    def kind(self) -> str:
        """Of the source of the flags. Where it is the database, whoever has a gate has to call `take` now and then."""
        return self._source.kind

    def standing(self, instance: str, trouble: str = "") -> Standing:
        """What this process says of its flags to whoever asks all of them; `trouble` it knows of besides."""
        health, document = self._source.health(), self._source.document
        if self._gists[0] != document:
            self._gists = document, gists(document)
        return Standing(
            instance=instance,
            source=self._source.kind,
            flags=self._gists[1],
            emergency=self.emergency is not None,
            age_s=health.age_s,
            trouble="; ".join(one for one in (health.trouble, trouble) if one),
        )

    def take(self, shared: Shared) -> None:
        """What processes share about flags is this from now on."""
        before, self._shared = self.emergency, shared
        if before != shared.emergency:
            logger.warning("emergency switch", now=str(shared.emergency or "lifted"))
        others = isinstance(self._source, SharedSource) and self._source.take(shared.flags)
        if others or before != shared.emergency:
            self._changed()

    def usable(self) -> bool:
        """Are any of our flags known, and is it known whether there is an emergency?"""
        return self._shared is not None and _known(self._source.client)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after every change of the flags, when the new answers already hold; returns the undo.

        Note: it is called on a thread of the source, so in a web process hand over with `loop.call_soon_threadsafe`.
        It must return at once. Unleash may lose one notice in a flood of its own events: also ask again now and then,
        as streams do.
        """
        self._callbacks = [*self._callbacks, callback]

        def undo() -> None:
            self._callbacks = [known for known in self._callbacks if known is not callback]

        return undo

    def close(self) -> None:
        """End the source's threads; the last answers stay. Note: blocks, up to 8 s with a hanging server."""
        self._source.close()

    def _has_switch(self) -> bool:
        """Whether there is a kill switch that somebody can have turned: off and unknown look the same to the engine."""
        document = self._source.document
        if self._set_up[0] != document:
            self._set_up = document, set_up(document)
        return Flag.SSE_ALLOWED in self._set_up[1]

    def _changed(self) -> None:
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                # The thread that brings the next change, perhaps the kill switch, must outlive a listener that fails.
                logger.exception("a listener for changed flags failed")

    def _is_on(self, client: Client, flag: Flag, user_id: str, is_admin: bool) -> bool:
        return bool(client.is_enabled(flag, self._context(user_id, is_admin)))

    def _context(self, user_id: str, is_admin: bool) -> dict[str, object]:
        return {
            "userId": user_id,
            "environment": self._environment,
            "properties": {"admin": "true" if is_admin else "false", "appVersion": __version__},
        }


def _known(client: Client) -> bool:
    return not client.feature_definitions().keys().isdisjoint(Flag)
