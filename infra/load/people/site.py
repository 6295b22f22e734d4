"""The site under load: one that is started here, with its workers, or anybody's by its address and API tokens."""

import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from infra.load import product, sampler
from infra.load.people.driven import BYTECODE, Driven, driven
from infra.load.product import Target
from infra.load.rig import OTHER_CORE, SERVER_CORE, Process, Rig, answers, process

from playhead.up.folder import free_port

STREAMS_OF_ONE = 10
"""Streams that one person may have on all of their sessions (`STREAMS_PER_SESSION`)."""
CLOCK_SAMPLES = 8
"""As the page does: of so many round trips the shortest counts (CONTRACT.md, §9)."""
CHILDREN = 4
"""Concurrent transcriptions of the quick worker, which sleeps most of the time."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The site's clock minus ours, and how far that may be wrong."""

    offset_s: float = 0.0
    error_ms: float = 0.0


@dataclass
class LocalSite:
    """A web process of this checkout with a real Redis, on a core of its own; a crew or a worker moves sessions on."""

    rig: Rig
    port: int
    targets: list[Target]
    environ: dict[str, str]
    stack: ExitStack
    web: Process = field(init=False)
    clock: Clock = field(default_factory=Clock)
    way: int | None = None
    """The port of a proxy before the site, which people use in place of the site's own."""
    _crew: Driven | None = None
    _worker: Process | None = None

    is_local = True

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.way or self.port}"

    def accounts(self, count: int, skip: int = 0) -> list[dict[str, Any]]:
        """Returns people who each have a session in progress. Raises ValueError if there are not so many."""
        chosen = self.targets[skip : skip + count]
        if len(chosen) < count:
            raise ValueError(f"{skip + count} people are too many: this site has {len(self.targets)}")
        return [
            {"headers": {"Cookie": one.header.removeprefix("Cookie: ").strip()}, "session": one.session}
            for one in chosen
        ]

    def start_web(self) -> None:
        """Starts the web process, and waits until it accepts connections."""
        command, log = product.command(), self.rig.folder / "web.log"
        self.web = self.stack.enter_context(process(command, SERVER_CORE, log, self.environ))
        answers(self.port, self.web)

    def stop_web(self, number: int = signal.SIGTERM) -> float:
        """Ends it, and returns the seconds that it took."""
        return self.web.signal_and_wait(number)

    def memory_kb(self) -> int:
        """The web's memory: not its share of it (PSS), which depends on who else here runs the same Python."""
        return sampler.rss_kb(self.web.pids)

    def cpu_s(self) -> float:
        return sampler.cpu_s(self.web.pids)

    @property
    def crew(self) -> Driven:
        if self._crew is None:
            module = "infra.load.people.crew"
            self._crew = self.stack.enter_context(driven(module, self.rig.folder, self.environ, sys.executable))
        return self._crew

    def start_worker(self) -> None:
        """Starts the quick worker, unless it runs."""
        if self._worker is None:
            command = [sys.executable, "-m", "infra.load.people.worker"]
            environ = self.environ | {"WORKER_CONCURRENCY": str(CHILDREN)}
            log = self.rig.folder / "worker.log"
            self._worker = self.stack.enter_context(process(command, OTHER_CORE, log, environ))


@contextmanager
def local_site(rig: Rig, people: int, database: str = "", **settings: str) -> Iterator[LocalSite]:
    """Starts a site with so many people, and ends it. `database`: its URL, instead of SQLite."""
    port = free_port()
    seeded = rig.folder / "seeded-people"
    targets = product.seed(seeded, people=people, sessions=people, url=database)
    environ = product.environ(rig, port, seeded) | settings | ({"DATABASE_URL": database} if database else {})
    environ.pop(BYTECODE, None)
    shutil.rmtree(seeded)
    with ExitStack() as stack, product.renewed(rig, port, database):
        site = LocalSite(rig, port, targets, environ, stack)
        site.start_web()
        yield site


@dataclass(frozen=True)
class RemoteSite:
    """Anybody's site. Its processes cannot be seen, so nothing is known of their memory, and nothing is restarted."""

    host: str
    tokens: list[str]
    clock: Clock

    is_local = False

    def accounts(self, count: int, skip: int = 0) -> list[dict[str, Any]]:
        """Returns people who follow all of their sessions; several share an account if there are fewer of these.

        Raises:
            ValueError: more than `STREAMS_OF_ONE` would share one.
        """
        if count > len(self.tokens) * STREAMS_OF_ONE:
            needed = -(-count // STREAMS_OF_ONE)
            raise ValueError(f"{count} viewers need {needed} accounts or more, and there are {len(self.tokens)}")
        chosen = islice(cycle(self.tokens), count)
        return [{"headers": {"Authorization": f"Bearer {token}"}, "session": None} for token in chosen]


def remote_site(url: str, accounts: Path) -> RemoteSite:
    """Looks at a site with the first of these accounts, a token on each line of the file.

    Raises:
        ValueError: there is no token, or the site does not answer as a Playhead does.
    """
    tokens = [line.strip() for line in accounts.read_text().splitlines() if line.strip()]
    if not tokens:
        raise ValueError(f"{accounts} has no token: write one on each line, made by `playhead user token`")
    samples = []
    for _ in range(CLOCK_SAMPLES):
        request = urllib.request.Request(f"{url}/api/v1/status", headers={"Authorization": f"Bearer {tokens[0]}"})  # noqa: S310
        began = time.time()
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - what the user names
                ended, server_ms = time.time(), response.headers["Playhead-Server-Time"]
        except urllib.error.HTTPError as error:
            raise ValueError(f"{url} refused the first token: {error.code} {error.read(300)!r}") from None
        except OSError as error:
            raise ValueError(f"{url} cannot be reached: {error}") from None
        if server_ms is None:
            raise ValueError(f"{url} does not answer as a Playhead does: no Playhead-Server-Time")
        samples.append((ended - began, float(server_ms) / 1e3 - (began + ended) / 2))
    round_trip_s, offset_s = min(samples)
    return RemoteSite(url.rstrip("/"), tokens, Clock(offset_s, round_trip_s / 2 * 1e3))


Site = LocalSite | RemoteSite
