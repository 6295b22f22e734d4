"""Uploads and the shelf on a real folder and database, with ears for what they say to the rest of the house."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from quart import Quart, Response, request
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol

from playhead.library.downloads import Downloads
from playhead.library.routes import routes as library_routes
from playhead.metrics.metrics import Metrics
from playhead.quotas import Quotas
from playhead.sessions.commands import Commands
from playhead.sessions.models import Session
from playhead.sessions.status import Status
from playhead.storage import Storage
from playhead.uploads.body_guard import METER, Meter
from playhead.uploads.limits import Limits
from playhead.uploads.routes import routes as upload_routes
from playhead.uploads.slots import UploadSlot, UploadSlots
from playhead.uploads.tus import routes as tus_routes
from playhead.uploads.tus.incoming import Incoming
from playhead.uploads.tus.override import MethodOverride
from playhead.uploads.tus.running import RunningUploads
from tests.support.databases import FlakyDatabase
from tests.unit.accounts.rooms import OURS, accounts_of, app_of, database_of, settings_in

LIMITS = Limits(max_bytes=1_000_000)
KEEP_HOURS = 72.0
MODELS = ["base", "small"]
FLAC = b"fLaC" + bytes(range(256)) * 40


class WatchedSlots(UploadSlots):
    """Slots that know how many are held."""

    held = 0

    @contextmanager
    def hold(self, user_id: str, address: str) -> Iterator[UploadSlot]:
        with super().hold(user_id, address) as slot:
            self.held += 1
            try:
                yield slot
            finally:
                self.held -= 1


@dataclass
class World:
    """`broker_is_down` makes every enqueue fail; `live` is what Redis would know."""

    app: Quart
    database: FlakyDatabase
    folder: Path
    published: list[Status] = field(default_factory=list)
    enqueued: list[str] = field(default_factory=list)
    broker_is_down: bool = False
    words_allowed: bool = True
    metrics: Metrics = field(default_factory=Metrics)
    incoming: Incoming = field(init=False)
    slots: WatchedSlots = field(init=False)

    async def publish(self, sessions: Sequence[Session]) -> None:
        self.published += [session.status for session in sessions]

    async def enqueue(self, session_id: str) -> None:
        if self.broker_is_down:
            raise ConnectionError("no broker")
        self.enqueued.append(session_id)

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@asynccontextmanager
async def world_in(
    tmp_path: Path,
    storage: type[Storage] = Storage,
    limits: Limits = LIMITS,
    downloads: Downloads | None = None,
    quotas: Quotas | None = None,
    running: RunningUploads | None = None,
    storage_url: str = "",
) -> AsyncIterator[World]:
    settings = settings_in(tmp_path)
    async with database_of(settings) as database:
        stored = storage.from_url(storage_url or (tmp_path / "audio").as_uri())
        running = running or RunningUploads()
        app = app_of(settings, database, accounts_of(database))
        world = World(app, database, tmp_path / "audio")
        commands = Commands(
            database=database,
            publish=world.publish,
            enqueue=world.enqueue,
            delete_recording=running.ending_first(stored.delete),
            admit=(quotas or Quotas()).admit,
        )
        slots = world.slots = WatchedSlots(limits)
        world.incoming = Incoming(
            recordings=stored, commands=commands, slots=slots, running=running, metrics=world.metrics
        )
        uploads = upload_routes(stored, commands, limits, metrics=world.metrics, models=MODELS, slots=slots)
        resumable = tus_routes.routes(world.incoming, keep_hours=KEEP_HOURS, models=MODELS)
        shelf = library_routes(
            database, stored, commands, lambda _: world.words_allowed, downloads=downloads, models=MODELS
        )
        for blueprint in (uploads, resumable, shelf):
            app.register_blueprint(blueprint, url_prefix="/api/v1")

        app.asgi_app = MethodOverride(app.asgi_app, f"{tus_routes.ROUTE}/")  # type: ignore[method-assign]

        @app.before_request
        async def meter() -> None:
            request.scope.setdefault(METER, Meter())  # type: ignore[misc]  # where no body guard did

        async with app.test_app():
            yield world


async def send(
    client: TestClientProtocol, content: bytes = FLAC, filename: str = "talk.flac", **fields: str
) -> Response:
    file = FileStorage(BytesIO(content), filename=filename, name="file")
    return await client.post("/api/v1/sessions", files={"file": file}, form=fields, headers=OURS)
