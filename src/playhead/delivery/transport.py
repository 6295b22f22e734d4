"""Gathers what `policy.choose` weighs: the flags, this process's capacity, what the client asks for."""

from dataclasses import replace

import msgspec

from playhead.accounts.models import User
from playhead.delivery.policy import Circumstances, Mode, Reason, Transport, choose
from playhead.errors import Problem
from playhead.flags.answers.gate import Gate
from playhead.hub.hub import Hub
from playhead.hub.mailbox import Mailbox

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

    def without_stream(self, user: User) -> Mode:
        """How this person goes on when their stream ends and none is to follow."""
        return Mode.WAIT if self._gate.long_poll_allowed(user.id, user.is_admin) else Mode.POLL

    def admit(self) -> None:
        """Raises Problem 503 `draining` or `at_capacity`: a poll still works."""
        if self._hub.draining:
            raise Problem(503, "draining", "This server is restarting: try again.", retry_after_s=RETRY_AFTER_S)
        if self._full:
            raise Problem(503, "at_capacity", "All streams are taken: poll instead.", retry_after_s=RETRY_AFTER_S)

    def take_place(self, newest: Mailbox) -> bool:
        """Whether the process has a place for this stream; then the oldest of the person's give way to it.

        It counts already: those let in at once do not see each other in `admit`. Beyond the limits of a person and of a
        session the oldest ends, not the newest: a proxy that does not pass on that a reader left would lock people out.
        """
        if self._hub.readers > self._per_process:
            return False
        self._hub.replace_beyond(newest, of_owner=self._per_user, on_topic=self._per_session)
        return True
