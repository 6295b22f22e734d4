"""Whether a web process has exactly the flags that Unleash has now, by the report of the process in Redis."""

import socket

from redis import Redis

from playhead.flags.answers.fingerprint import fingerprints
from playhead.flags.answers.report import decode
from playhead.flags.file.export import client_document
from playhead.instances import announced
from playhead.live.broker.keys import KEYS
from tests.integration.flags.console import Console
from tests.support.site import Site, Web
from tests.support.waiting import ANSWER_S, until


def instance(web: Web) -> str:
    """The name of a process in reports."""
    return f"{socket.gethostname()}:{web.port} (process {web.program.pid})"


def forget_reports(site: Site) -> None:
    """Deletes all reports: those that come then are new ones. Processes report once a second."""
    with Redis.from_url(site.redis.url) as client:
        client.delete(*client.scan_iter(match=f"{KEYS.processes}*"), "")


def until_obeyed(site: Site, console: Console, web: Web, timeout_s: float = ANSWER_S) -> None:
    """Waits until the process reports the flags that are in Unleash when this is called."""
    wanted = fingerprints(client_document(console.read()))

    def obeys() -> bool:
        reports = [decode(document) for document in announced(site.redis.url).values()]
        return any(one and one.instance == instance(web) and one.obeys(wanted, console.kind) for one in reports)

    until(obeys, f"{instance(web)} has the flags {wanted}", timeout_s)
