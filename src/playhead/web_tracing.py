"""What a web process records in traces: the parts of `tracing` if traces are sent somewhere, and otherwise nothing."""

import asyncio
import contextlib

from playhead.accounts.models import User
from playhead.config import Settings
from playhead.db import DatabaseError
from playhead.errors import Problem
from playhead.live.broker.ports import Sender
from playhead.live.follow import ReadStatus
from playhead.live.observer import Observer, Observers
from playhead.metrics.metrics import Metrics
from playhead.monitoring.watches.report import Report, harms
from playhead.monitoring.watches.telemetry import NoteTrace
from playhead.monitoring.watches.traced import attributes_of
from playhead.sessions.reading import StatusReader
from playhead.sessions.status import Status
from playhead.tracing.connect import open_web
from playhead.tracing.ports import BeginUpload, no_upload


class WebTracing:
    """Hands out traced parts, or the given ones as they are.

    Raises:
        ConfigError: traces are to be sent, and OpenTelemetry is not installed or its settings are wrong.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._traces = open_web(settings, metrics)
        self.upload: BeginUpload = no_upload if self._traces is None else self._traces.upload
        """Records uploads."""

    def sender(self, sender: Sender[Status]) -> Sender[Status]:
        """The sender, which also records what it publishes."""
        return sender if self._traces is None else self._traces.sender(sender)

    def observer(self, observer: Observer | None) -> Observer | None:
        """The observer, with one that records streams."""
        if self._traces is None:
            return observer
        return Observers(self._traces.streams) if observer is None else Observers(observer, self._traces.streams)

    def reading(self, read: ReadStatus[Status]) -> ReadStatus[Status]:
        """The reader of statuses, from which the record of streams also learns their traces."""
        if (traces := self._traces) is None:
            return read

        async def noted(session_id: str) -> Status:
            status = await read(session_id)
            traces.streams.note(status)
            return status

        return noted

    def of_reports(self, statuses: StatusReader) -> NoteTrace | None:
        """Makes the function that records a report: in the trace that the person's own session has, and in no other."""
        if (traces := self._traces) is None:
            return None

        async def note(person: User, session_id: str, trace_id: str, report: Report) -> None:
            with contextlib.suppress(Problem, DatabaseError):  # it is counted all the same
                status = await statuses.own_status(session_id, person.id)
                if status.trace_id == trace_id:
                    traces.page(status, report.watched_s, attributes_of(report), sorted(harms(report)))

        return note

    async def close(self) -> None:
        """Sends what was recorded, within a bounded time."""
        if self._traces is not None:
            await asyncio.to_thread(self._traces.close)
