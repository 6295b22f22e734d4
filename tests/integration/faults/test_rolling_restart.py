"""Two web processes behind nginx are restarted one after the other, under a running session and its readers."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playhead.up.folder import free_port
from tests.support.programs import environ, program
from tests.support.readers import Reader, all_know, following, measured
from tests.support.site import Site, Web
from tests.support.waiting import until

SETUP = Path(__file__).parents[3] / "infra" / "setup" / "nginx.sh"
PEOPLE, READERS_EACH = 5, 5
"""A person may open 120 streams a minute, and one that is refused comes again."""
PACE_S = 0.2

CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream playhead {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://playhead;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, webs: list[Web]) -> Iterator[int]:
    """The port of a balancer in front of these.

    `max_fails=0`, or nginx takes a process that refused a connection out for 10 s, then tries it with one request, and
    learns how that went when it ends: of a stream, in minutes. A refused connection it tries at the next one anyway.
    """
    binary = subprocess.run(["bash", SETUP], check=True, capture_output=True, text=True).stdout.strip()
    folder.mkdir()
    port = free_port()
    conf = folder / "nginx.conf"
    servers = " ".join(f"server 127.0.0.1:{web.port} max_fails=0;" for web in webs)
    conf.write_text(CONF.format(folder=folder, port=port, servers=servers))
    with program([binary, "-p", str(folder), "-c", str(conf)], environ(), folder / "log") as nginx:
        front = Web(port, nginx)
        until(front.ready, f"nginx answers: {nginx.err}")
        yield port


async def test_readers_behind_a_balancer_lose_nothing(site: Site) -> None:
    people = site.people(PEOPLE)
    with ExitStack() as stack:
        left, right = (stack.enter_context(site.web()) for _ in range(2))
        port = stack.enter_context(nginx(site.folder / "nginx", [left, right]))
        workers = [stack.enter_context(site.worker(site.session(person))) for person in people]
        groups = [
            [Reader(port, person, worker.session_id) for _ in range(READERS_EACH)]
            for person, worker in zip(people, workers, strict=True)
        ]
        readers = [reader for group in groups for reader in group]

        async def all_hear_more() -> None:
            for worker, group in zip(workers, groups, strict=True):
                await all_know(group, worker.newest.version + 1)

        async with following(readers):
            with ExitStack() as busy:
                for worker in workers:
                    busy.enter_context(worker.at_work(PACE_S))
                await all_hear_more()
                assert await asyncio.to_thread(left.program.end, signal.SIGTERM) == 0
                await all_hear_more()
                await asyncio.to_thread(stack.enter_context, site.web(left.port))
                assert await asyncio.to_thread(right.program.end, signal.SIGTERM) == 0
                await all_hear_more()
            for worker in workers:
                worker.finish()
        told = Counter(str(visit.goodbye and visit.goodbye["reason"]) for reader in readers for visit in reader.visits)
        refused = Counter(status for reader in readers for status in reader.refusals)
        measured.info("goodbyes: %s; refused: %s", dict(told), dict(refused))
        assert told["draining"] >= len(readers), "each was on one of the two"
        assert set(told) == {"draining", "final"}, "nobody was cut"
        for worker, group in zip(workers, groups, strict=True):
            for reader in group:
                reader.agrees_with(worker)
