"""The routes of the contract as one ASGI app, for any framework.

Mount it (Starlette, FastAPI), wrap an app in it (Quart, Django), or serve it alone. It starts on the first request, in
the event loop of that request, so it needs no lifespan and works in each worker process.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Generic, cast

import msgspec

from playhead.live.access import Access
from playhead.live.asgi_io import unless_left, write
from playhead.live.broker.connect import open_subscriber
from playhead.live.broker.keys import NAMESPACE
from playhead.live.broker.ports import StatusSubscriber
from playhead.live.endpoints import TRANSPORT, Endpoints
from playhead.live.errors import Problem, StoreError, plain
from playhead.live.events import StatusEvents
from playhead.live.gate import HEARTBEAT_S, Everybody, Gate, P
from playhead.live.http import METHODS, Answer, Request, path_of, refusal
from playhead.live.hub import WRITE_TIMEOUT_S, Hub
from playhead.live.job import ID, D, Job, check
from playhead.live.job_publisher import FLUSH_S, Id
from playhead.live.observer import Observer
from playhead.live.path import PathHealth
from playhead.live.poll import WAITS_PER_PROCESS, WAITS_PER_USER, Waits
from playhead.live.reading import Maybe, Reading, bounded, job_not_found
from playhead.live.running import Running
from playhead.live.shared_publisher import shared_publisher
from playhead.live.stream import Streams
from playhead.live.task import queue
from playhead.live.transport import Transports

logger = logging.getLogger(__name__)

CALLBACK_TIMEOUT_S = 5.0
"""Seconds that an open stream waits for a callback: it sends nothing meanwhile, not even the goodbye of a drain."""
RETRY_AFTER_S = 5
"""When a client may ask again while Redis or the app's store cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a process holds open. Beyond `streams_per_user` and `streams_per_job` the oldest stream of the same
    person ends, beyond `streams_per_process` new ones are refused, and beyond the others polls are answered at once."""

    streams_per_process: int = 10_000
    streams_per_user: int = 20
    streams_per_job: int = 10
    """Of one person on one job, or on all jobs at once."""
    streams_per_user_everywhere: int | None = None
    """The same as `streams_per_user` over all processes, counted in Redis; None: each process counts for itself."""
    waits_per_process: int = WAITS_PER_PROCESS
    waits_per_user: int = WAITS_PER_USER


class Live(Generic[D, P]):
    """Answers `{base}{prefix}/{id}/status`, `…/status/stream`, `{base}/status`, `…/stream` and `{base}/stream/probe`.

    Args:
        redis_url: of the Redis to which the tasks publish.
        who: names the person who sends a request: the app's own object with an `id`, or an id. Nobody: None, or
            somebody without an id. It is asked again at each heartbeat of a stream, which ends when that is nobody.
        owns: whether this person may see the job with this id; by default its document's `owner` must be their id.
        read: reads the document of a job from the app's own store; None: there is no such job. Of this and what Redis
            holds the newer one counts. By default there is only Redis.
        read_all: the same for all jobs of an owner, given their id: those that are not final, and those that changed
            since a time.
        gate: who may stream and wait.
        prefix: of the routes of one job, after `base`.
        base: of all routes, after the path at which the app is mounted.
        decode: reads a document; by default a `Job` with any data.
        namespace: of the names in Redis, the same as in the tasks.
        write_timeout_s: seconds after which a reader that takes nothing is cut off.
        callback_timeout_s: seconds after which an async `who`, `owns`, `read` or `read_all` has failed: the answer is a
            503 then, and an open stream goes on.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        who: Callable[[Request], Maybe[P | None]],
        owns: Callable[[P, str], Maybe[bool]] | None = None,
        read: Callable[[str], Maybe[D | None]] | None = None,
        read_all: Callable[[str, datetime], Maybe[Sequence[D]]] | None = None,
        gate: Gate[P] | None = None,
        limits: Limits = Limits(),
        prefix: str = "/jobs",
        base: str = "",
        namespace: str = NAMESPACE,
        decode: Callable[[bytes | str], D] | None = None,
        observer: Observer | None = None,
        path_health: PathHealth | None = None,
        write_timeout_s: float = WRITE_TIMEOUT_S,
        callback_timeout_s: float = CALLBACK_TIMEOUT_S,
    ) -> None:
        for name, path in (("base", base), ("prefix", prefix)):
            if path and (not path.startswith("/") or path.endswith("/")):
                raise ValueError(f"the {name} begins with a slash and ends without one: {path!r}")
        self._redis_url = redis_url
        self._access = Access(bounded(who, callback_timeout_s), owns and bounded(owns, callback_timeout_s))
        self._read = read and bounded(read, callback_timeout_s)
        self._read_all = read_all and bounded(read_all, callback_timeout_s)
        self._gate: Gate[P] = gate or Everybody()
        self._limits = limits
        self._namespace = namespace
        self._decode = decode or cast("Callable[[bytes | str], D]", msgspec.json.Decoder(Job[Any]).decode)
        self._observer, self._path_health, self._write_timeout_s = observer, path_health, write_timeout_s
        job = rf"(?:{re.escape(prefix)}/(?P<id>[^/]+))?"
        self._status_route = re.compile(rf"{re.escape(base)}{job}/status(?P<stream>/stream)?")
        self._probe_route = f"{base}/stream/probe"
        self._running: Running[D, P] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or follow the lifespan of a server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            request = Request.of(scope)
            if "prefer" in request.headers:  # it may wait
                answer = await unless_left(self._answer(request), receive)
            else:
                answer = await self._answer(request)
            if answer is not None:
                await write(answer, scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    def wrap(self, app: Any) -> Any:
        """An ASGI app that answers these routes itself and passes all other requests on to `app`."""

        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            is_ours = scope["type"] == "http" and self._has(path_of(scope))
            await (self if is_ours else app)(scope, receive, send)

        return wrapped

    async def queue(
        self,
        job_id: Id,
        *,
        owner: Id = "",
        message: str = "",
        position: int | None = None,
        epoch: int | None = None,
        **data: Any,
    ) -> None:
        """Publish that a job waits, with the arguments of `playhead.live.queue`. Waits 2 s at most for Redis."""
        send = partial(queue, self._redis_url, job_id, owner=owner, message=message, position=position, epoch=epoch)
        await asyncio.to_thread(send, namespace=self._namespace, **data)

    async def publish(self, document: D, owner: Id = "") -> bool:
        """Publish what the web app changed, as the end of a job that it canceled. Waits 2 s at most for Redis.

        Args:
            document: with a higher version than all before of its job.
            owner: the id of the person whose stream of all jobs it goes to; by default its `owner`.

        Returns:
            Whether Redis has it, or a newer one. If not, it is sent as soon as Redis is back.

        Raises:
            ValueError: the id is not one, or a field of a `Job` is not as described there.
        """
        if ID.fullmatch(document.id) is None:
            raise ValueError(f"not the id of a job: {document.id!r}")
        if isinstance(document, Job):
            check(document)
        publisher = shared_publisher(self._redis_url, self._namespace)
        publisher.publish(cast("Job[Any]", document), str(owner or getattr(document, "owner", "")))
        return await asyncio.to_thread(publisher.flush, FLUSH_S)

    def sign_out(self, person_id: Id) -> None:
        """Make the streams of this person ask `who` and `owns` again at once, in all processes, and return at once.

        Call it after a login ended or access was taken. Without it they ask at their next heartbeat.
        """
        shared_publisher(self._redis_url, self._namespace).login_ended(str(person_id))

    def drain(self) -> None:
        """End all streams with a goodbye. It happens by itself on SIGTERM; call it in the event loop otherwise."""
        if self._running is not None:
            self._running.endpoints.hub.drain()

    async def aclose(self) -> None:
        """End all streams with a goodbye, and the connections to Redis; the next request opens them anew."""
        self.drain()
        if self._running is not None:
            running, self._running = self._running, None
            await running.aclose()

    def _has(self, path: str) -> bool:
        return path == self._probe_route or self._status_route.fullmatch(path) is not None

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(status=204, headers={"Allow": METHODS})
        try:
            if request.method not in ("GET", "HEAD"):
                raise plain(405, "This address can only be read.")
            return await self._routed(request)
        except Problem as problem:
            return refusal(problem)
        except (StoreError, OSError) as error:
            logger.warning("the store cannot be read: %r", error)
            sentence = "The status cannot be read now: try again."
            return refusal(Problem(503, "store_gone", sentence, retry_after_s=RETRY_AFTER_S))
        except Exception:
            logger.exception("a callback of the app failed")
            return refusal(Problem(500, "internal", "Something went wrong on the server."))

    async def _routed(self, request: Request) -> Answer:
        endpoints = self._start().endpoints
        if request.path == self._probe_route:
            return endpoints.probe()
        route = self._status_route.fullmatch(request.path)
        if route is None:
            raise plain(404, "There is nothing at this address.")
        person = await self._access.person(request)
        job_id, is_stream = route["id"], route["stream"] is not None
        visitor = self._access.visitor(request, person, job_id)
        document = None if job_id is None else await self._own(person, job_id)
        try:
            if document is None:
                return await (endpoints.stream_all if is_stream else endpoints.status_all)(request, visitor)
            return await (endpoints.stream if is_stream else endpoints.status)(request, visitor, document)
        except Problem as problem:  # a 503 says at once how to go on
            refused = refusal(problem)
            transport = endpoints.transport(request, person, document)
            return replace(refused, headers={**refused.headers, TRANSPORT: transport.header})

    async def _own(self, person: P, job_id: str) -> D:
        """The document of a job that this person may see. Raises Problem 404 for any other."""
        if ID.fullmatch(job_id) is None:
            raise job_not_found()
        await self._access.check_id(person, job_id)
        document = await self._start().reading.one(job_id)
        self._access.check_owner(person, document)
        return document

    def _start(self) -> Running[D, P]:
        """What runs in the present event loop."""
        if self._running is None or self._running.loop is not asyncio.get_running_loop():
            subscriber = open_subscriber(self._redis_url, self._decode, namespace=self._namespace)
            reading = Reading(subscriber, self._read, self._read_all)
            per_user = self._limits.streams_per_user_everywhere
            if self._running is not None:
                self._running.undo()  # its event loop has ended
            self._running = Running.start(subscriber, reading, self._endpoints(subscriber, reading), per_user)
        return self._running

    def _endpoints(self, subscriber: StatusSubscriber[D], reading: Reading[D]) -> Endpoints[D, P]:
        limits = self._limits
        hub: Hub[D] = Hub(
            subscriber, heartbeat_s=HEARTBEAT_S, write_timeout_s=self._write_timeout_s, observer=self._observer
        )
        transports = Transports(
            self._gate,
            hub,
            streams_per_process=limits.streams_per_process,
            streams_per_user=limits.streams_per_user,
            streams_per_job=limits.streams_per_job,
            path_health=self._path_health,
        )
        streams: Streams[D, P] = Streams(
            hub=hub,
            transports=transports,
            events=StatusEvents(msgspec.json.encode),
            read=reading.again,
            read_all=reading.all,
        )
        return Endpoints(
            hub=hub,
            transports=transports,
            streams=streams,
            encode=msgspec.json.encode,
            waits=Waits(per_process=limits.waits_per_process, per_user=limits.waits_per_user),
            vary="Authorization, Cookie",
        )
