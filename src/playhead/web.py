"""Composes the web process: its adapters, its routes and its background tasks.

Over 300 lines: one module shows all parts of a process and how they are connected.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from quart import Quart, request

from playhead import connection_budget, edge, retention, schema_revision
from playhead.accounts import guards, limits
from playhead.accounts import routes as account_routes
from playhead.accounts.administration import is_disabled
from playhead.accounts.models import Credential, User
from playhead.accounts.passwords import Passwords
from playhead.accounts.registration import Registration
from playhead.accounts.repository import find, signed_in
from playhead.accounts.tickets.ports import TicketStore
from playhead.accounts.tickets.tickets import Tickets
from playhead.accounts.tickets.valkey import ValkeyTicketStore
from playhead.accounts.usage import Usage
from playhead.asgi import Targets
from playhead.background import Background, Job
from playhead.cached_value import CachedValue
from playhead.canary import routes as canary_routes
from playhead.canary.driver import Canaries
from playhead.config import Settings
from playhead.db import NO_SLOT, Database
from playhead.delivery import explain, ticket_routes
from playhead.delivery import routes as status_routes
from playhead.delivery.direct import DirectStatuses
from playhead.delivery.gate import FlagsGate
from playhead.doctor import routes as doctor_routes
from playhead.doctor.streams import DoctorStreams
from playhead.errors import Problem
from playhead.flags.answers.gate import Gate
from playhead.flags.answers.shared import Shared
from playhead.flags.answers.watch import Watch
from playhead.flags.connect import open_gate
from playhead.flags.file import documents
from playhead.flags.file.location import first_flags, is_shared
from playhead.library import routes as library_routes
from playhead.live.broker.ports import Sender, StatusSubscriber
from playhead.live.broker.sender import ValkeySender
from playhead.live.broker.subscriber import ValkeySubscriber
from playhead.live.endpoints import Endpoints
from playhead.live.events import StatusEvents
from playhead.live.hub import Hub
from playhead.live.loader import Loader
from playhead.live.path import StreamOrigin
from playhead.live.policy import StreamOriginUse
from playhead.live.publisher import StatusPublisher
from playhead.live.stream import Streams
from playhead.live.transport import Transports
from playhead.metrics import routes as metrics_routes
from playhead.metrics.catalog import (
    OF_WEB,
    requests,
)
from playhead.metrics.requests import CountedRequests, note_routes
from playhead.monitoring.alerts.routes import runbook_routes
from playhead.monitoring.alerts.watching import Watching
from playhead.monitoring.paths import health as path_health
from playhead.monitoring.paths import routes as path_routes
from playhead.monitoring.paths.health import SharedPathHealth
from playhead.monitoring.paths.ports import PathStore
from playhead.monitoring.paths.valkey import ValkeyPathStore
from playhead.monitoring.watches import telemetry
from playhead.people import routes as people_routes
from playhead.quotas import QuotaDocument, Quotas, document_of
from playhead.retention import Retention
from playhead.rollout.timings import Timings
from playhead.sessions import canaries, status
from playhead.sessions.commands import Commands
from playhead.sessions.models import Session
from playhead.sessions.ports import TaskQueue
from playhead.sessions.reading import StatusReader
from playhead.sessions.status import Status
from playhead.storage import Storage
from playhead.sweep import EVERY_S, Sweep
from playhead.transcription.enqueue import Queue
from playhead.uploads import orphans
from playhead.uploads import routes as upload_routes
from playhead.uploads.body_guard import BodyGuard
from playhead.uploads.limits import Limits
from playhead.uploads.slots import UploadSlots
from playhead.uploads.tus import collecting
from playhead.uploads.tus import routes as tus_routes
from playhead.uploads.tus.collecting import Uploads
from playhead.uploads.tus.incoming import Incoming
from playhead.uploads.tus.override import MethodOverride
from playhead.uploads.tus.running import RunningUploads
from playhead.web_monitoring import WebMonitoring
from playhead.web_rollout import WebRollout
from playhead.web_tracing import WebTracing

DIRECT = "playhead.direct"
"""The extension of the app that answers requests for statuses without it, for the server."""
REACHABLE_FOR_S = 1.0
"""How long a result of pinging the database and Redis is reused: load balancers ask every few seconds."""
LOGIN_CHECKS_S = 2.0
"""Seconds between two reads of the logins of streams that had a heartbeat. Updates wait for the interpreter meanwhile:
beside 1,000 streams for 2.0 ms with 60 logins, and for 3.5 ms with 260."""
FIRST_READ_S = 2.0
"""Limit for reading the emergency switch and the health of paths at the start. Until the switch has been read nobody
streams."""
PING_S = 3.0
"""A database or Redis that does not answer within this time counts as unusable in `/readyz`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one web process. Create them in its event loop."""

    database: Database
    storage: Storage
    uploads: RunningUploads
    gate: Gate
    subscriber: StatusSubscriber[Status]
    publisher: StatusPublisher[Status]
    hub: Hub[Status]
    queue: TaskQueue
    logins: Loader[Credential, User]
    statuses: StatusReader
    reachable: CachedValue[Mapping[str, bool]]
    """Whether the database and Redis answer; cached, because anybody may request `/readyz` as often as they like."""
    schema: schema_revision.Watch
    background: Background
    quotas: Quotas
    paths: PathStore
    path_health: SharedPathHealth
    tickets: Tickets
    monitoring: WebMonitoring
    tracing: WebTracing
    rollout: WebRollout

    @property
    def commands(self) -> Commands:
        return Commands(
            database=self.database,
            publish=self.publish,
            enqueue=self.enqueue,
            delete_recording=self.uploads.ending_first(self.storage.delete),
            admit=self.quotas.admit,
            max_running=self.quotas.running,
        )

    @property
    def canaries(self) -> Canaries:
        return Canaries(database=self.database, publish=self.publish, run=self.background.once)

    async def quota_of(self, user_id: str) -> QuotaDocument:
        return await self.database.run(document_of, self.quotas, user_id)

    async def enqueue(self, session_id: str) -> None:
        """Sends the message of a session to the broker. Raises OSError if the broker does not accept it."""
        await asyncio.to_thread(self.queue.send, session_id)

    async def publish(self, sessions: Sequence[Session]) -> None:
        for session in sessions:
            self.publisher.publish(session.status, session.owner_id)

    async def signed_out(self, user_id: str) -> None:
        """Makes the streams of a person check their login: in this process at once, in others by a message."""
        self.hub.check_login(user_id)
        self.publisher.login_ended(user_id)

    async def ready(self) -> Mapping[str, bool]:
        """Whether each part is usable now, by its name."""
        return {
            **await self.reachable.get(),
            "schema": not self.schema.misfit,
            "flags": self.gate.usable(),
            "background": not self.background.ended,
            "accepting": not self.hub.draining,
        }

    def degraded(self) -> list[str]:
        """Describes what is wrong while this process is still usable, in sentences that anybody may read."""
        emergency = self.gate.emergency
        troubles = [self.gate.health().trouble, emergency.for_anybody if emergency else ""]
        sentences = [f"flags: {trouble}" for trouble in troubles if trouble]
        sentences += [f"schema: {self.schema.misfit}"] if self.schema.misfit else []
        return sentences + [f"database: {NO_SLOT}"] * self.database.is_full

    async def close(self) -> None:
        await self.background.stop()
        await asyncio.to_thread(self.publisher.close)
        await asyncio.to_thread(self.gate.close)
        await self.subscriber.aclose()
        await self.paths.aclose()
        await self.tickets.aclose()
        self.queue.close()
        await self.monitoring.close()
        await self.tracing.close()
        await self.database.close()


def create_app(
    settings: Settings,
    *,
    subscriber: StatusSubscriber[Status] | None = None,
    sender: Sender[Status] | None = None,
    queue: TaskQueue | None = None,
    paths: PathStore | None = None,
    tickets: TicketStore | None = None,
    passwords: Passwords | None = None,
    sweep_s: float = EVERY_S,
    is_observed: bool = True,
    timings: Timings = Timings(),
    watching: Watching = Watching(),
) -> Quart:
    """Creates the app of a web process; two apps share nothing.

    Args:
        settings: the settings of the process.
        subscriber: receives statuses; by default from Redis.
        sender: publishes statuses; by default to Redis.
        queue: takes the messages of sessions; by default Celery's broker.
        paths: keeps what is found of paths; by default in Redis.
        tickets: keeps tickets of streams; by default in Redis.
        passwords: hashes passwords; by default at the recommended cost.
        sweep_s: seconds between two sweeps.
        is_observed: whether streams, polls and publishing are counted; `make bench` measures what that costs.
        timings: of a rollout.
        watching: what alerts are watched, and how often.

    Raises:
        ConfigError: a setting names something that does not exist.
    """
    app = Quart("playhead", static_folder=None)
    parts = _parts(
        settings,
        subscriber or ValkeySubscriber(settings.status_redis, status.decode),
        sender or ValkeySender(settings.status_redis),
        queue or Queue(settings.broker),
        paths or ValkeyPathStore(settings.status_redis),
        tickets or ValkeyTicketStore(settings.status_redis),
        redis_urls=() if subscriber else (settings.status_redis, settings.broker_for_redis),
        is_observed=is_observed,
        timings=timings,
        watching=watching,
    )
    app.extensions["playhead"] = parts
    note_routes(app)  # first, so that it sees what the others refuse
    # First, so that refusals of the next two have a request id as well.
    edge.install(app, settings, parts.ready, degraded=parts.degraded)
    _wait_for_tables(app, parts.schema)
    usage = Usage(parts.database)
    guards.install(
        app,
        parts.logins.load,
        lambda token_digest: parts.database.run(is_disabled, token_digest),
        usage,
        settings,
        tickets=parts.tickets if settings.stream_origin else None,
    )
    limits.install(app, settings)
    delivery = _routes(app, parts, settings, passwords or Passwords())
    of_refusals = edge.headers_of_refusals(settings)
    with_files = (("POST", "/api/v1/sessions"), ("POST", tus_routes.ROUTE), ("PATCH", f"{tus_routes.ROUTE}/"))
    guarded = BodyGuard(app.asgi_app, dict.fromkeys(with_files, settings.max_upload_bytes), headers=of_refusals)
    metric = requests({rule.rule for rule in app.url_map.iter_rules()} | {metrics_routes.RULE})
    metrics_routes.install(app, settings, parts.monitoring.metrics, (*OF_WEB, metric))
    counted = CountedRequests(
        Targets(MethodOverride(guarded, f"{tus_routes.ROUTE}/"), of_refusals), parts.monitoring.metrics, metric
    )
    app.asgi_app = counted  # type: ignore[method-assign]  # Quart's documented way
    app.extensions[DIRECT] = DirectStatuses(
        app,
        delivery,
        usage,
        may_serve=lambda: not parts.schema.misfit,
        count=counted.count,
        bind_request_id=edge.bind_request_id,
        headers=of_refusals,
        stream_headers=edge.headers_of_streams(settings),
    )

    @app.before_serving
    async def start() -> None:
        await _start(parts, settings, sweep_s)

    @app.after_serving
    async def stop() -> None:
        await parts.close()

    return app


async def _start(parts: Parts, settings: Settings, sweep_s: float) -> None:
    loop = asyncio.get_running_loop()

    def flags_changed() -> None:
        loop.call_soon_threadsafe(parts.hub.check)

    parts.gate.on_change(flags_changed)
    instance = f"{socket.gethostname()}:{settings.port} (process {os.getpid()})"
    first = first_flags(settings) if is_shared(settings) else None

    async def read() -> Shared:
        return await parts.database.run(documents.shared, first)

    flags = Watch(parts.gate, read, parts.subscriber.announce, instance)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FIRST_READ_S):
            if await parts.schema.check():
                await flags.look()
            await parts.path_health.refresh()
    parts.background.keep("hub", parts.hub.run, needs_tables=False)
    parts.background.keep("flags", flags.run)
    parts.background.keep("loop lag", parts.monitoring.measure_loop_lag, needs_tables=False)
    metrics = parts.monitoring.metrics
    sweep = Sweep(commands=parts.commands, queue=parts.queue, metrics=metrics)
    tidy = partial(orphans.collect, parts.database, parts.storage, metrics)
    kept = Retention(
        commands=parts.commands,
        keep_days=settings.keep_days,
        keep_audio_days=settings.keep_audio_days,
        metrics=metrics,
    )
    uploads = Uploads(
        commands=parts.commands, recordings=parts.storage, keep_hours=settings.upload_keep_hours, metrics=metrics
    )
    abandoned = partial(parts.database.run, canaries.delete_abandoned)
    parts.background.start(
        [
            Job(name="sweep", every_s=sweep_s, work=sweep.run),
            Job(name="paths", every_s=path_health.EVERY_S, work=parts.path_health.refresh),
            Job(name="uploads", every_s=collecting.EVERY_S, work=uploads.run, is_shared=True),
            Job(name="orphans", every_s=orphans.EVERY_S, work=tidy, is_shared=True),
            Job(name="retention", every_s=retention.EVERY_S, work=kept.run, is_shared=True),
            Job(name="canaries", every_s=retention.EVERY_S, work=abandoned, is_shared=True),
            *parts.monitoring.jobs(),
            *parts.rollout.jobs(),
        ]
    )
    parts.background.once("slots", partial(connection_budget.warn, parts.database, settings))


def _wait_for_tables(app: Quart, tables: schema_revision.Watch) -> None:
    """Refuse requests while the tables do not fit this release."""

    @app.before_request
    async def wait() -> None:
        if tables.misfit and request.path.startswith(edge.API):
            sentence = "The database is being brought up to date: try again."
            raise Problem(503, "database_gone", sentence, retry_after_s=schema_revision.WAIT_S)


async def drain(app: Quart, timeout_s: float) -> None:
    """Sends a goodbye to every open stream, and waits up to `timeout_s` seconds until they have ended.

    Uploads go on a little longer, as all requests do.
    """
    parts: Parts = app.extensions["playhead"]
    hub = parts.hub
    hub.drain()
    parts.uploads.drain()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while hub.readers:  # noqa: ASYNC110 - at the end only; an event would cost time for each reader
                await asyncio.sleep(0.01)


def _parts(
    settings: Settings,
    subscriber: StatusSubscriber[Status],
    sender: Sender[Status],
    queue: TaskQueue,
    paths: PathStore,
    tickets: TicketStore,
    *,
    redis_urls: Collection[str],
    is_observed: bool,
    timings: Timings,
    watching: Watching,
) -> Parts:
    database = Database(settings.database, settings.database_pool)

    async def ping() -> Mapping[str, bool]:
        pings = {"database": database.ping(), "redis": subscriber.ping()}
        answers = (asyncio.wait_for(ping, PING_S) for ping in pings.values())
        outcomes = await asyncio.gather(*answers, return_exceptions=True)
        return {name: outcome is None for name, outcome in zip(pings, outcomes, strict=True)}

    tables = schema_revision.Watch(database)
    monitoring = WebMonitoring(database, settings, redis_urls, watching)
    tracing = WebTracing(settings, monitoring.metrics)
    observer = tracing.observer(monitoring.observer if is_observed else None)
    gate = open_gate(settings, awaits_shared=True)
    hub = Hub(subscriber, heartbeat_s=settings.heartbeat_s, checks_s=LOGIN_CHECKS_S, observer=observer)
    return Parts(
        database=database,
        storage=Storage.from_url(settings.storage),
        uploads=RunningUploads(),
        gate=gate,
        subscriber=subscriber,
        publisher=StatusPublisher(tracing.sender(sender), observer=observer),
        hub=hub,
        queue=queue,
        logins=Loader(lambda credentials: database.run(signed_in, credentials)),
        statuses=StatusReader(database),
        reachable=CachedValue(ping, REACHABLE_FOR_S),
        schema=tables,
        background=Background(database, tables.until_fit),
        quotas=Quotas.of(settings),
        paths=paths,
        path_health=SharedPathHealth(paths, changed=hub.check),
        tickets=Tickets(tickets),
        monitoring=monitoring,
        tracing=tracing,
        rollout=WebRollout(database, settings, gate, timings),
    )


def _routes(app: Quart, parts: Parts, settings: Settings, passwords: Passwords) -> status_routes.Delivery:
    monitoring = parts.monitoring
    gate = FlagsGate(parts.gate, monitoring.watches.exposures.note if monitoring.keeps_people else None)
    transports = _transports(gate, parts, settings)
    streams = Streams(
        hub=parts.hub,
        transports=transports,
        events=StatusEvents(status.encode),
        read=parts.tracing.reading(parts.statuses.status),
        read_all=parts.statuses.followed,
    )
    endpoints = Endpoints(
        hub=parts.hub,
        transports=transports,
        streams=streams,
        encode=status.encode,
        telemetry=monitoring.watches.word,
    )
    monitoring.read_gauges(parts.hub, parts.publisher, parts.gate, endpoints.waits)
    delivery = status_routes.Delivery(
        endpoints=endpoints,
        gate=gate,
        own_status=parts.statuses.own_status,
        read_segments=parts.statuses.segments,
        signed_in_as=parts.logins.load,
    )
    models = list(settings.offered_models)
    library = library_routes.routes(parts.database, parts.storage, parts.commands, gate.may_have_words, models=models)
    status_routes.announce_transport(library, delivery)  # a list is followed by polling it, too
    limits_of_uploads = Limits(max_bytes=settings.max_upload_bytes)
    slots = UploadSlots(limits_of_uploads)
    incoming = Incoming(
        recordings=parts.storage,
        commands=parts.commands,
        slots=slots,
        running=parts.uploads,
        metrics=monitoring.metrics,
    )
    unexposed = _transports(FlagsGate(parts.gate), parts, settings)  # of these no answer counts in a rollout
    blueprints = (
        account_routes.routes(
            parts.database,
            passwords,
            parts.signed_out,
            trusted_hops=settings.trusted_hops,
            registration=Registration.of(settings),
        ),
        upload_routes.routes(
            parts.storage,
            parts.commands,
            limits_of_uploads,
            trusted_hops=settings.trusted_hops,
            metrics=monitoring.metrics,
            traced=parts.tracing.upload,
            models=models,
            slots=slots,
        ),
        tus_routes.routes(
            incoming,
            keep_hours=settings.upload_keep_hours,
            trusted_hops=settings.trusted_hops,
            traced=parts.tracing.upload,
            models=models,
        ),
        library,
        status_routes.routes(delivery, settings.page_origin if settings.stream_origin else ""),
        ticket_routes.routes(parts.tickets, transports.stream_origin, parts.statuses.own_status),
        people_routes.routes(parts.database, parts.quotas, parts.signed_out),
        explain.routes(
            parts.gate,
            unexposed,
            lambda who: parts.database.run(find, who),
            parts.quota_of,
            parts.path_health.state,
            models,
        ),
        doctor_routes.routes(
            DoctorStreams(hub=parts.hub, transports=unexposed), delivery.visitor, settings.max_upload_bytes
        ),
        telemetry.routes(
            parts.path_health.report,
            monitoring.watches.note_report,
            _stream_origin(settings),
            parts.tracing.of_reports(parts.statuses) if monitoring.keeps_people else None,
        ),
        path_routes.routes(parts.paths, parts.path_health),
        canary_routes.routes(parts.canaries, monitoring.metrics),
        *monitoring.blueprints(),
        *parts.rollout.blueprints(),
    )
    for blueprint in blueprints:
        app.register_blueprint(blueprint, url_prefix="/api/v1")
    app.register_blueprint(runbook_routes())
    return delivery


def _transports(gate: FlagsGate, parts: Parts, settings: Settings) -> Transports[User]:
    return Transports(
        gate,
        parts.hub,
        streams_per_process=settings.streams_per_process,
        streams_per_user=settings.streams_per_user,
        streams_per_job=settings.streams_per_session,
        path_health=parts.path_health,
        stream_origin=_stream_origin(settings),
    )


def _stream_origin(settings: Settings) -> StreamOrigin | None:
    use = StreamOriginUse(settings.stream_origin_when)
    return StreamOrigin(settings.stream_origin, use) if settings.stream_origin else None
