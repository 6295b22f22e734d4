"""The streams of the doctor on the server: counted, bounded and ended as all other streams are."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from playhead.accounts.models import User
from playhead.doctor.patterns import HEARTBEAT_S, PATTERNS, Pattern, frame
from playhead.errors import Problem
from playhead.live import events
from playhead.live.endpoints import Visitor
from playhead.live.hub import Hub
from playhead.live.inbox import Inbox, Signal
from playhead.live.policy import Goodbye, GoodbyeReason, Reason, Transport, goodbye
from playhead.live.takeover import FrameWriter
from playhead.live.transport import RETRY_AFTER_S, Transports

AT_ONCE = 2
"""Streams of one person: a probe compares two side by side. A third takes the place of the oldest."""
ALLOWED = frozenset({Reason.FLAG_ON, Reason.FLAG_OFF})
"""Who polls, by the flags or because the path holds streams back, may find out why; with the kill switch nobody may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorStreams:
    """Admits and makes the streams.

    Args:
        transports: of a gate that notes no answers: who measures is not exposed to a rollout.
    """

    hub: Hub[Any]
    transports: Transports[User]

    def refused(self, person: User) -> Transport | None:
        """The decision with which a stream is refused (204); None: it may begin.

        Raises:
            Problem: 503 `draining` or `at_capacity`.
        """
        if self.transports.gate.may_stream(person) not in ALLOWED:
            return self.transports.decide(person, None)
        capacity = self.transports.capacity(person)
        if capacity.draining:
            raise Problem(503, "draining", "This server is restarting: try again.", retry_after_s=RETRY_AFTER_S)
        if capacity.full:
            raise Problem(503, "at_capacity", "All streams are taken: try again later.", retry_after_s=RETRY_AFTER_S)
        if capacity.own_streams >= capacity.own_streams_max:
            sentence = "You have as many streams open as you may: close some pages."
            raise Problem(503, "at_capacity", sentence, retry_after_s=RETRY_AFTER_S)
        return None

    async def frames(
        self, visitor: Visitor[User], pattern: Pattern, _connection: FrameWriter | None = None
    ) -> AsyncGenerator[bytes]:
        """The events of a pattern, each with the time at which it is sent, and a goodbye."""
        person, loop = visitor.person, asyncio.get_running_loop()
        with self.hub.subscribe(f"doctor:{person.id}", person.id, HEARTBEAT_S) as inbox:
            farewell = self.transports.take_slot(inbox)
            self.hub.replace_beyond(inbox, of_owner=sys.maxsize, on_topic=AT_ONCE)
            begun = loop.time()
            for number, step in enumerate(PATTERNS[pattern], start=1):
                farewell = farewell or await self._until(begun + step.at_s, inbox, visitor)
                if farewell is not None:
                    break
                inbox.writing_since = self.hub.clock()
                yield frame(step, number, int(time.time() * 1000))
                inbox.writing_since = None
            yield events.goodbye(farewell or goodbye(GoodbyeReason.FINAL))

    async def _until(self, due: float, inbox: Inbox[Any], visitor: Visitor[User]) -> Goodbye | None:
        """Wait until this time of the event loop; a goodbye, if the stream may not go on until then."""
        try:
            async with asyncio.timeout_at(due):
                while (farewell := await self._farewell(await inbox.take(), visitor)) is None:
                    pass
                return farewell
        except TimeoutError:
            return None

    async def _farewell(self, signal: object, visitor: Visitor[User]) -> Goodbye | None:
        if signal is Signal.DRAIN:
            return goodbye(GoodbyeReason.DRAINING)
        if signal is Signal.REPLACED:
            return self.transports.goodbye(GoodbyeReason.REPLACED, visitor.person)
        if signal is Signal.CHECK:
            reason = self.transports.gate.may_stream(visitor.person, is_streaming=True)
            return None if reason in ALLOWED else self.transports.goodbye(GoodbyeReason(reason), visitor.person)
        if signal in (Signal.LOGIN, Signal.HEARTBEAT) and await visitor.recheck(visitor.person) is None:
            return goodbye(GoodbyeReason.SIGNED_OUT)
        return None
