"""The parts of a live app in one process and one event loop: what its requests share."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic

from playhead.live.broker.ports import StatusSubscriber
from playhead.live.endpoints import Endpoints
from playhead.live.everywhere import StreamsEverywhere
from playhead.live.gate import P
from playhead.live.job import D
from playhead.live.reading import Reading
from playhead.live.shutdown import on_hypercorn_shutdown, on_sigterm


@dataclass(frozen=True, slots=True)
class Running(Generic[D, P]):
    """`start` begins to listen; `aclose` ends all of it."""

    loop: asyncio.AbstractEventLoop
    subscriber: StatusSubscriber[D]
    reading: Reading[D]
    endpoints: Endpoints[D, P]
    tasks: list[asyncio.Task[None]]
    undo: Callable[[], None]

    @classmethod
    def start(
        cls,
        subscriber: StatusSubscriber[D],
        reading: Reading[D],
        endpoints: Endpoints[D, P],
        streams_per_user_everywhere: int | None = None,
    ) -> "Running[D, P]":
        """Listen, check streams when the gate changes, and drain them when the server is told to end."""
        loop, hub = asyncio.get_running_loop(), endpoints.hub

        def changed() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(hub.check)

        undo = ExitStack()
        undo.callback(endpoints.transports.gate.on_change(changed))
        undo.callback(on_sigterm(hub.drain))
        tasks = [
            loop.create_task(hub.run(), name="live-hub"),
            loop.create_task(on_hypercorn_shutdown(hub.drain), name="live-shutdown"),
        ]
        if (per_user := streams_per_user_everywhere) is not None:
            tasks.append(loop.create_task(StreamsEverywhere(hub, subscriber, per_user).run(), name="live-everywhere"))
        return cls(loop, subscriber, reading, endpoints, tasks, undo.close)

    async def aclose(self) -> None:
        """End the tasks and the connections. Open streams get nothing more: drain them before."""
        self.undo()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.subscriber.aclose()
