"""The gate: typed questions about a user, decided by the flags. Fails closed, never raises."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import msgspec

from playhead import __version__, log
from playhead.flags.answers.engine import Evaluator, MalformedFlags, evaluator
from playhead.flags.answers.everybody import off_for_everybody, same_for_everybody
from playhead.flags.answers.fingerprint import configured, fingerprints
from playhead.flags.answers.names import Flag
from playhead.flags.answers.recent import Recent
from playhead.flags.answers.report import Report
from playhead.flags.answers.rollout import Rollout, rollout_of, without_slider
from playhead.flags.answers.shared import Emergency, Shared
from playhead.flags.answers.source import Client, Health, Source
from playhead.flags.answers.tuning import Tuning
from playhead.live.gate import Listeners

STREAMING = (Flag.SSE_ALLOWED.value, Flag.SSE_STATUS_STREAM.value)
"""The flags without which nobody streams."""

T = TypeVar("T")

logger = log.get(__name__)


class StreamAnswer(StrEnum):
    """Whether a user may stream, and why: the reasons of the wire contract, §3."""

    FLAG_ON = "flag_on"
    FLAG_OFF = "flag_off"
    KILL_SWITCH = "kill_switch"
    FLAGS_UNAVAILABLE = "flags_unavailable"

    @property
    def allowed(self) -> bool:
        return self is StreamAnswer.FLAG_ON


class Gate:
    """One per process, made after fork (`connect.open_gate`). Questions may be asked on any thread.

    Every question takes the user's id, and whether the user is an admin. It takes the engine 50 to 100 µs; asked again
    within a second, with the flags unchanged, it has the same answer after 1 µs (`recent`).
    """

    def __init__(
        self,
        source: Source,
        *,
        environment: str,
        defaults: Tuning,
        awaits_shared: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            environment: Unleash's name of this deployment, for constraints.
            defaults: the tuning without a payload of `sse.tuning`.
            awaits_shared: nobody streams until the first `take`, because the emergency switch may be on.
            clock: measures how long an answer is kept.
        """
        self._source = source
        self._shared = None if awaits_shared else Shared()
        self._environment = environment
        self._defaults = defaults
        self._listeners = Listeners()
        self._wrong_payload = ""
        self._fingerprints: tuple[str, dict[str, str]] = ("", {})
        self._configured: tuple[str, frozenset[str]] = ("", frozenset())
        self._rollout: tuple[str, Rollout] = ("", Rollout())
        self._others: tuple[str, Evaluator | None] = ("", None)
        self._everybody: tuple[str, tuple[frozenset[str], frozenset[str]]] = ("", (frozenset(), frozenset()))
        self._recent = Recent(source.document, clock)
        source.start(self._changed)

    def streams_allowed(self, user_id: str, is_admin: bool) -> StreamAnswer:
        """Whether the user may stream. It asks the kill switch itself, in case its dependency is removed in Unleash."""
        shared = self._shared
        if shared is None:
            return StreamAnswer.FLAGS_UNAVAILABLE
        if shared.emergency:
            return StreamAnswer.KILL_SWITCH
        return self._kept("streams", self._streams_by_flags, user_id, is_admin)

    def _streams_by_flags(self, user_id: str, is_admin: bool) -> StreamAnswer:
        if not self._is_on_for(Flag.SSE_ALLOWED, user_id, is_admin):
            return StreamAnswer.KILL_SWITCH if self._has_switch() else StreamAnswer.FLAGS_UNAVAILABLE
        if not self._is_on_for(Flag.SSE_STATUS_STREAM, user_id, is_admin):
            return StreamAnswer.FLAG_OFF
        return StreamAnswer.FLAG_ON

    def long_poll_allowed(self, user_id: str, is_admin: bool) -> bool:
        return self._is_on_for(Flag.STATUS_LONG_POLL, user_id, is_admin)

    def live_transcript_allowed(self, user_id: str, is_admin: bool) -> bool:
        return self._is_on_for(Flag.LIVE_TRANSCRIPT, user_id, is_admin)

    def tuning(self, user_id: str, is_admin: bool) -> Tuning:
        """The settings' values, or the payload of `sse.tuning` for this user; an invalid one is logged once."""
        same = Flag.SSE_TUNING in self._of_everybody()[1]
        return self._kept("tuning", self._tuning_by_flags, user_id, is_admin, same=same)

    def _tuning_by_flags(self, user_id: str, is_admin: bool) -> Tuning:
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
        """Every flag's value by name, to explain a decision to a person; not to decide by. None is a kept one."""
        client = self._source.client
        answers = {flag.value: self._is_on(client, flag, user_id, is_admin) for flag in Flag}
        return answers | dict.fromkeys(STREAMING, False) if self.emergency else answers

    @property
    def rollout(self) -> Rollout:
        """The rollout of streams, by the flags in force. The same object until the flags change."""
        document = self._source.document
        if self._rollout[0] != document:
            self._rollout = document, rollout_of(document)
        return self._rollout[1]

    def rollout_for(self, user_id: str, is_admin: bool) -> Rollout:
        """The rollout by which the flags answer about this user; an empty one if another strategy than that with the
        slider lets them in, as it may do for admins: they are not drawn, and cannot be compared with who is.
        """
        return self._kept("rollout", self._rollout_by_flags, user_id, is_admin)

    def _rollout_by_flags(self, user_id: str, is_admin: bool) -> Rollout:
        document = self._source.document
        if self._others[0] != document:
            self._others = document, self._without_slider(document)
        others = self._others[1]
        if others is not None and self._is_on(others, Flag.SSE_STATUS_STREAM, user_id, is_admin):
            return Rollout()
        return self.rollout

    @property
    def has_switch_on(self) -> bool:
        """Whether the kill switch lets people stream. The emergency switch is another one."""
        return self._is_on(self._source.client, Flag.SSE_ALLOWED, "", is_admin=False)

    @property
    def emergency(self) -> Emergency | None:
        """Who turned the emergency switch on; None while it is off."""
        return self._shared.emergency if self._shared else None

    def health(self) -> Health:
        """Whether the flags in force are those of their source."""
        return self._source.health()

    @property
    def kind(self) -> str:
        """The kind of the source of the flags. One of the kind `DATABASE` needs a call of `take` now and then."""
        return self._source.kind

    def report(self, instance: str, trouble: str = "") -> Report:
        """What this process reports about its flags.

        Args:
            instance: the process, for people.
            trouble: another reason than the source's why the flags may be out of date.
        """
        health, document = self._source.health(), self._source.document
        if self._fingerprints[0] != document:
            self._fingerprints = document, fingerprints(document)
        return Report(
            instance=instance,
            source=self._source.kind,
            flags=self._fingerprints[1],
            emergency=self.emergency is not None,
            age_s=health.age_s,
            trouble="; ".join(one for one in (health.trouble, trouble) if one),
        )

    def take(self, shared: Shared) -> None:
        """Put what the processes share into force: the emergency switch, and the flags of a source in the database."""
        before, self._shared = self.emergency, shared
        if before != shared.emergency:
            logger.warning("emergency switch", now=str(shared.emergency or "lifted"))
        if self._source.share(shared.flags):
            self._changed()
        elif before != shared.emergency:
            self._listeners.notify()

    def usable(self) -> bool:
        """Whether the source has any of our flags, and the emergency switch was read."""
        return self._shared is not None and not self._source.client.feature_definitions().keys().isdisjoint(Flag)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after every change of the flags, when the new ones are in force; returns the undo.

        It is called on a thread of the source, so in a web process hand over with `loop.call_soon_threadsafe`. It must
        return at once. Unleash's SDK may drop a notice in a flood of its own events: also ask again now and then, as
        streams do.
        """
        return self._listeners.add(callback)

    def close(self) -> None:
        """End the source's threads; the last flags stay in force. Blocks for up to 8 s if the server hangs."""
        self._source.close()

    def _changed(self) -> None:
        """The source's engine answers by its document, which is a new one."""
        self._recent.settle(self._source.document)
        self._listeners.notify()

    def _kept(
        self, question: str, ask: Callable[[str, bool], T], user_id: str, is_admin: bool, *, same: bool = False
    ) -> T:
        """The answer of a moment ago about this person. `same`: it is the same for everybody."""
        key = question if same else (question, user_id, is_admin)
        return self._recent.answer(self._source.document, key, lambda: ask(user_id, is_admin))

    def _is_on_for(self, flag: Flag, user_id: str, is_admin: bool) -> bool:
        def ask(user_id: str, is_admin: bool) -> bool:
            return self._is_on(self._source.client, flag, user_id, is_admin)

        return self._kept(flag.value, ask, user_id, is_admin, same=flag in self._of_everybody()[0])

    def _of_everybody(self) -> tuple[frozenset[str], frozenset[str]]:
        """The flags that are the same for everybody, and those that are off."""
        document = self._source.document
        if self._everybody[0] is not document:
            self._everybody = document, (same_for_everybody(document), off_for_everybody(document))
        return self._everybody[1]

    def _has_switch(self) -> bool:
        """Whether there is a kill switch that can have been turned off: the engine answers off for an unknown flag."""
        document = self._source.document
        if self._configured[0] != document:
            self._configured = document, configured(document)
        return Flag.SSE_ALLOWED in self._configured[1]

    def _without_slider(self, document: str) -> Evaluator | None:
        rest = without_slider(document)
        try:
            return evaluator(rest, self._environment) if rest else None
        except MalformedFlags:  # of a source that took the whole, so the engine changed its mind: nobody is excluded
            return None

    def _is_on(self, client: Client, flag: Flag, user_id: str, is_admin: bool) -> bool:
        return bool(client.is_enabled(flag, self._context(user_id, is_admin)))

    def _context(self, user_id: str, is_admin: bool) -> dict[str, object]:
        return {
            "userId": user_id,
            "environment": self._environment,
            "properties": {"admin": "true" if is_admin else "false", "appVersion": __version__},
        }
