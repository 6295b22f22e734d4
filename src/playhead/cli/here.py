"""The commands that run Playhead on this machine: all of it, or one kind of process."""

import contextlib
import gc
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from playhead.config import Settings, load

if TYPE_CHECKING:
    from celery import Celery


PRIVATE = 0o077
"""The umask: only the owner reads the files made here, such as recordings, the database, the key that signs logins."""
LISTING = 0o066
"""The permissions removed from the data folder. Others may still traverse it, for files of their own in it (PostgreSQL,
which does not run as root, in `make stack`)."""


def load_private() -> Settings:
    """Load the settings of a process that writes files: from now on only its user may read them.

    Files in the data folder that others may read, from an older Playhead or by hand, are closed to them.
    """
    os.umask(PRIVATE)
    settings = load()
    if settings.data.is_dir():
        _close(settings.data, LISTING)
        for path in settings.data.iterdir():
            _close(path, PRIVATE)
    return settings


def _close(path: Path, to_others: int) -> None:
    """Remove these permissions of others, if the file is our user's own and no shared folder such as /tmp."""
    with contextlib.suppress(OSError):  # deleted meanwhile
        found = path.lstat()
        if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX and not stat.S_ISLNK(found.st_mode):
            path.chmod(stat.S_IMODE(found.st_mode) & ~to_others)


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Show all that the parts log, not only warnings and errors.")
def up(verbose: bool) -> None:
    """Run everything: Valkey, migrations, the worker and the web. Ctrl-C stops it.

    Listens on PORT (8000), keeps everything in DATA_DIR (./data). REDIS_URL and DATABASE_URL take the place of the
    embedded Valkey and of SQLite.
    """
    settings = load_private()
    import asyncio

    from playhead.transcription import preflight
    from playhead.up.supervisor import Supervisor

    preflight.check(settings)  # the worker does it again, and says what it has to download
    click.echo(f"Playhead starts; its data and logs are in {settings.data}", err=True)
    supervisor = Supervisor(
        settings,
        os.environ,
        notify=lambda line: click.echo(line, err=True),
        ready=lambda url: click.echo(f"Playhead is ready: {url}"),
        verbose=verbose,
    )
    asyncio.run(supervisor.run())


@click.command()
def web() -> None:
    """Serve the site and the API; SIGTERM drains it."""
    settings = load_private()
    from playhead.up.folder import check_port

    check_port(settings.host, settings.port)  # before a second is spent on loading and starting what would end again
    gc.disable()  # what is imported stays: looking for garbage in it is a tenth of the start; `serve` turns it on again
    from playhead.serve.run import run

    run(settings)


@click.command()
def worker() -> None:
    """Transcribe what is queued; SIGTERM gives back what cannot be finished soon."""
    settings = load_private()
    gc.disable()  # as in `web`; `consume` turns it on again
    from playhead.transcription import preflight

    note = preflight.check(settings)
    from playhead import log
    from playhead.worker import create_celery

    celery = create_celery(settings)
    if note:
        log.get(__name__).warning(note)
    consume(celery, settings)


def consume(celery: "Celery", settings: Settings) -> NoReturn:
    """Work on what is queued, until a signal asks to stop."""
    # Celery's worker reads it when imported: SIGTERM then gives tasks back, rather than waiting for hours of audio.
    os.environ["REMAP_SIGTERM"] = "SIGQUIT"
    from celery.apps import worker as celery_worker
    from celery.signals import worker_process_init

    from playhead.parent_death import end_with

    def end_with_worker(**_: object) -> None:
        end_with(os.getppid())

    worker_process_init.connect(end_with_worker, weak=False)
    celery_worker.safe_say = lambda *_: None  # plain lines about signals, among JSON; `worker` logs them
    consumer = celery.Worker(
        pool="prefork",  # the only pool that gives a running task back
        concurrency=settings.worker_concurrency,
        loglevel=settings.log_level,
        quiet=True,
        # Workers here do not talk to each other: what is lost is found by leases in the database, at every size.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    gc.freeze()  # the children share what was imported, as long as nothing writes to it
    gc.enable()
    consumer.start()
    raise SystemExit(consumer.exitcode)


@click.command()
def migrate() -> None:
    """Bring the database to the newest version; safe to run twice, or in two places at once."""
    settings = load_private()
    from playhead.up.checks import migrate as bring_up_to_date

    bring_up_to_date(settings.database)
    click.echo("The database is up to date.")


@click.command()
def config() -> None:
    """Show every setting as it is now, secrets masked, and say if a worker could not start with them."""
    settings = load_private()
    for name, value in settings.masked().items():
        click.echo(f"{name}={value}")
    from playhead.transcription import preflight

    if note := preflight.check(settings):
        click.echo(note, err=True)
