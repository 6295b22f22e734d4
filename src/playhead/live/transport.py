"""Gathers the input of `policy`: flags, health of the path, capacity of this process, what the client asks for."""

from dataclasses import replace
from typing import Any, Generic

import msgspec

from playhead.live import policy
from playhead.live.errors import Problem
from playhead.live.gate import Gate, P, id_of
from playhead.live.gate_guard import GuardedGate
from playhead.live.hub import Hub
from playhead.live.inbox import Inbox
from playhead.live.path import ClientPath, PathHealth, StreamOrigin, UnknownPathHealth
from playhead.live.policy import Admission, Goodbye, GoodbyeReason, Mode, PolicyInput, Reason, Transport

RETRY_AFTER_S = 5
"""When a refused reader may ask for a stream again; it polls meanwhile."""


class Capacity(msgspec.Struct, frozen=True):
    """Whether this process has a place for one more stream, and how many streams one person has and may have."""

    draining: bool
    full: bool
    own_streams: int
    own_streams_max: int


class Transports(Generic[P]):
    """Applies the policy to one person and path at a time, with the values of this moment."""

    def __init__(
        self,
        gate: Gate[P],
        hub: Hub[Any],
        *,
        streams_per_process: int,
        streams_per_user: int,
        streams_per_job: int,
        path_health: PathHealth | None = None,
        stream_origin: StreamOrigin | None = None,
    ) -> None:
        """
        Args:
            streams_per_process: further streams are refused with 503.
            streams_per_user: beyond it, the newest stream of a person takes the place of their oldest.
            streams_per_job: the same for the streams of one person on one job.
            path_health: by default nothing is known of any path.
            stream_origin: where streams go that the client's own path holds back; by default nowhere.
        """
        self.gate = GuardedGate(gate)
        """What the gate answers, also while it fails."""
        self._hub = hub
        self._per_process = streams_per_process
        self._per_user = streams_per_user
        self._per_job = streams_per_job
        self._path_health = path_health or UnknownPathHealth()
        self.stream_origin = stream_origin

    def decide(
        self, person: P, path: ClientPath | None, *, final: bool = False, prefers_poll: bool = False
    ) -> Transport:
        """How this person is to follow a job.

        Args:
            path: of the person's own request; None where the request is somebody else's.
            final: whether there is nothing more to send.
            prefers_poll: whether the client asks for polling.
        """
        return policy.choose(self._given(person, path, final=final, prefers_poll=prefers_poll))

    def admit(self, person: P, path: ClientPath, *, final: bool = False) -> Admission:
        """Whether a stream may begin.

        Returns:
            An admission with status 200 or 204.

        Raises:
            Problem: 503 `draining` or `at_capacity`; a poll still works.
        """
        admission = policy.admit(self._given(person, path, final=final))
        self._hub.observer.chosen(admission.transport)
        match admission.transport.reason:
            case Reason.DRAINING:
                raise Problem(503, "draining", "This server is restarting: try again.", retry_after_s=RETRY_AFTER_S)
            case Reason.AT_CAPACITY:
                raise Problem(503, "at_capacity", "All streams are taken: poll instead.", retry_after_s=RETRY_AFTER_S)
        return admission

    def take_slot(self, newest: Inbox[Any]) -> Goodbye | None:
        """Take a place for an admitted stream, which the hub counts already; the goodbye if there is none.

        Beyond the limits of a person and of a job the oldest stream ends, not the newest: a proxy that does not
        report that a reader left would lock people out.
        """
        given = PolicyInput(stream_flag=Reason.FLAG_ON, at_capacity=self._hub.readers > self._per_process)
        if (goodbye := policy.take_slot(given)) is None:
            self._hub.replace_beyond(newest, of_owner=self._per_user, on_topic=self._per_job)
        return goodbye

    def check(self, person: P, path: ClientPath, *, is_proven: bool = False) -> Goodbye | None:
        """The goodbye for an open stream that may not go on; None if it may.

        Args:
            is_proven: whether the path has delivered this stream so far.
        """
        given = self._given(person, path, is_streaming=True)
        return policy.check(replace(given, buffered=False) if given.buffered and is_proven else given)

    def goodbye(self, reason: GoodbyeReason, person: P) -> Goodbye:
        """The goodbye for this reason to this person."""
        return policy.goodbye(reason, long_poll=self.gate.may_wait(person))

    def capacity(self, person: P) -> Capacity:
        """The capacity of this process, and this person's share of it."""
        own = self._hub.readers_of(id_of(person))
        return Capacity(self._hub.draining, self._full, own, self._per_user)

    def buffered(self, path: ClientPath | None, person: P) -> bool | None:
        """Whether something on the path holds this person's streams back; None while nothing is known of it."""
        return None if path is None else self._path_health.buffered(path, id_of(person))

    @property
    def _full(self) -> bool:
        return self._hub.readers >= self._per_process

    def _given(
        self,
        person: P,
        path: ClientPath | None,
        *,
        final: bool = False,
        prefers_poll: bool = False,
        is_streaming: bool = False,
    ) -> PolicyInput:
        stream_flag = self.gate.may_stream(person, is_streaming=is_streaming)
        # Only for people who may stream: others would count as readers of the path who find no fault with it.
        buffered = stream_flag is Reason.FLAG_ON and self.buffered(path, person) is True
        given = PolicyInput(
            stream_flag=stream_flag,
            final=final,
            draining=self._hub.draining,
            buffered=buffered,
            at_capacity=self._full,
            client_prefers_poll=prefers_poll,
        )
        origin = self.stream_origin
        if origin is not None and path != origin.path and not is_streaming:  # an open stream stays where it is
            given = replace(given, stream_origin=origin.use)
            # Only for people who would stream there, for the same reason.
            if stream_flag is Reason.FLAG_ON and given.by_ticket:
                given = replace(given, stream_origin_buffered=self.buffered(origin.path, person) is True)
        if policy.choose(given).mode is Mode.STREAM:
            return given  # the answer does not depend on the next flag, and a flag costs more than all else here
        return replace(given, long_poll=self.gate.may_wait(person))
