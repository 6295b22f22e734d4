"""Gathers what `policy.choose` weighs: the flags, this process's capacity, what the client asks for."""

from dataclasses import replace

import msgspec

from playhead.accounts.models import User
from playhead.delivery.policy import Circumstances, Mode, Reason, Transport, choose
from playhead.errors import Problem
from playhead.flags.gate import Gate
from playhead.hub.hub import Hub

RETRY_AFTER_S = 5
"""When a refused reader may ask for a stream again; it polls meanwhile."""


class Capacity(msgspec.Struct, frozen=True):
    """Whether this process has a place for one stream more, and how many one person has of those they may have."""

    draining: bool
    full: bool
    own_streams: int
    own_streams_max: int


class Transports:
    """Decides for one person at a time, from the circumstances of this moment."""

    def __init__(
        self, gate: Gate, hub: Hub, *, streams_per_process: int, streams_per_user: int, streams_per_session: int
    ) -> None:
        self._gate = gate
        self._hub = hub
        self._per_process = streams_per_process
        self._per_user = streams_per_user
        self._per_session = streams_per_session

    def decide(self, user: User, *, final: bool = False, prefers_poll: bool = False) -> Transport:
        """How this person is to follow a session. A full process is an objection, a person's own streams are not."""
        seen = Circumstances(
            stream_flag=Reason(self._gate.streams_allowed(user.id, user.is_admin)),
            final=final,
            draining=self._hub.draining,
            at_capacity=self._full,
            client_prefers_poll=prefers_poll,
        )
        transport = choose(seen)
        if transport.mode is Mode.STREAM:
            return transport  # a flag is not asked in vain: it costs more than all else here
        return choose(replace(seen, long_poll=self._gate.long_poll_allowed(user.id, user.is_admin)))

    def capacity(self, user: User) -> Capacity:
        """The part of the circumstances that is this process's own."""
        own = self._hub.readers_of(user.id)
        return Capacity(self._hub.draining, self._full, own, self._per_user)

    @property
    def _full(self) -> bool:
        return self._hub.readers >= self._per_process

    def words_allowed(self, user: User) -> bool:
        """Whether this person may have the words while they are heard."""
        return self._gate.live_transcript_allowed(user.id, user.is_admin)

    def overfull(self, user: User, topic: str) -> bool:
        """Whether too many are in, this person's newest stream counted: those let in at once do not see each other."""
        return self._refusal(user, topic, own=1) is not None

    def admit(self, user: User, topic: str) -> None:
        """Raises Problem 503 `draining` or `at_capacity`, 429 `too_many_streams`: a poll still works."""
        if self._hub.draining:
            raise Problem(503, "draining", "This server is restarting: try again.", retry_after_s=RETRY_AFTER_S)
        if (refusal := self._refusal(user, topic)) is not None:
            raise refusal

    def _refusal(self, user: User, topic: str, own: int = 0) -> Problem | None:
        """Why there is no place for one stream more than those that are open, `own` of them not counted."""
        if self._hub.readers - own >= self._per_process:
            return Problem(503, "at_capacity", "All streams are taken: poll instead.", retry_after_s=RETRY_AFTER_S)
        for taken, most, what in (
            (self._hub.readers_of(user.id), self._per_user, "streams"),
            (self._hub.readers_on(topic), self._per_session, "streams of this"),
        ):
            if taken - own >= most:
                sentence = f"{most} {what} are open for you already: close a tab, or poll."
                return Problem(429, "too_many_streams", sentence, retry_after_s=RETRY_AFTER_S)
        return None
