"""Runs a scenario against a site, and returns what was found. Each function is the course of one kind of scenario."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.load.people.driven import Driven
from infra.load.people.site import LocalSite, RemoteSite, Site
from infra.proxies import behavior, shapes
from infra.proxies.exchange import Manner
from infra.proxies.proxy import proxy

SPEECH = Path(__file__).parents[3] / "tests" / "data" / "speech" / "jfk.flac"
"""A real recording of 11 s, 203 kB."""
COME_S, STILL_S, LOOK_S = 120.0, 10.0, 0.05
"""Until everybody is there; without one more for so long, no more will come; between two looks."""
SETTLE_S = 1.0
WARM_UP = 5
"""Viewers who come and go before the memory is measured: the first of each kind of request loads code for all."""
DRAINED_S = 60.0
"""Until the last upload is transcribed after the people have gone on."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is. `rate`: people who come a second. `pace`: of the sessions, in times of a worker's."""

    viewers: int
    seconds: float
    rate: float = 50.0
    pace: float = 1.0
    idle_s: float = 35.0
    """How long the web process runs without viewers before its memory is measured: each job of its own has run once."""


Found = dict[str, Any]
Course = Callable[[Site, Driven, Size], Found]


def group(site: Site, accounts: list[dict[str, Any]], kind: str = "Viewer", **how: str) -> dict[str, Any]:
    return {"kind": kind, "accounts": accounts, "host": site.host, "transport": "stream"} | how


def viewers(site: Site, people: Driven, size: Size) -> Found:
    """Viewers come, stay and watch. On a site that is not ours each account uploads, too, so that there are updates."""
    if isinstance(site, RemoteSite):
        uploading = {"recording": str(SPEECH), "cleans": True}
        senders = site.accounts(len(site.tokens))
        groups = [group(site, site.accounts(size.viewers)), group(site, senders, "Uploader")]
        return _watched(site, people, size, groups, size.viewers, **uploading)
    before_kb = _warmed_up(site, people, size.idle_s)
    accounts = site.accounts(size.viewers)
    with _driven(site, accounts, size):
        found = _watched(site, people, size, [group(site, accounts)], size.viewers)
    return found | {
        "memory_before_kb": before_kb,
        "memory_percent": 100.0 * (found["memory_kb"] - before_kb) / before_kb,
    }


def storm(site: Site, people: Driven, size: Size) -> Found:
    """Everybody loses their stream twice: by a drain, after which viewers come back as pages do, and by a kill.

    After the kill all come back at the same moment, every 2 s, as bare `EventSource`s do. Both times it is measured how
    long it takes from a process that accepts connections to the last viewer: a stream, or after the drain also a poll,
    because a page whose streams failed three times polls for 30 s.
    """
    assert isinstance(site, LocalSite)
    accounts = site.accounts(size.viewers)
    with _driven(site, accounts, size):
        people.ask("start", groups=[group(site, accounts)], rate=size.rate)
        _wait(people, size.viewers, "streaming")
        time.sleep(SETTLE_S)
        people.ask("mark")
        drain_s = site.stop_web(signal.SIGTERM)
        people.ask("mark")  # whoever is served from now on is served by the new process
        site.start_web()
        after_drain_s, unserved = _wait(people, size.viewers, "served")
        people.ask("herd", on=True)
        _wait(people, size.viewers, "streaming")
        time.sleep(SETTLE_S)
        people.ask("mark")
        site.crew.ask("count")
        site.stop_web(signal.SIGKILL)
        site.start_web()
        cpu_s = site.cpu_s()
        back_s, absent = _wait(people, size.viewers, "streaming")
        cpu_s = site.cpu_s() - cpu_s
        time.sleep(size.seconds)
        published = site.crew.ask("count")
        found = people.ask("summary")
    people.ask("stop")
    return (
        found
        | _published(published)
        | {
            "drain_s": drain_s,
            "back_after_drain_s": after_drain_s,
            "back_s": max(after_drain_s, back_s),
            "herd_back_s": back_s,
            "absent": absent + unserved,
            "connects_per_s": size.viewers / back_s,
            "connect_cpu_ms": 1e3 * cpu_s / size.viewers,
            "churn_per_s": size.viewers / back_s,
        }
    )


def uploads(site: Site, people: Driven, size: Size) -> Found:
    """Everybody sends a recording at the same moment, comes back where it is refused, and follows it to its end."""
    if isinstance(site, LocalSite):
        site.start_worker()
        accounts = [one | {"session": None} for one in site.accounts(size.viewers)]
    else:
        accounts = site.accounts(len(site.tokens))
    began = time.monotonic()
    people.ask(
        "start",
        groups=[group(site, accounts, "Uploader")],
        rate=len(accounts),
        recording=str(SPEECH),
        uploads=1,
        cleans=not site.is_local,
    )
    people.ask("mark")

    def all_ended() -> bool:
        counts = people.ask("summary")["counts"]
        return bool(counts.get("finished", 0) + counts.get("lost", 0) >= len(accounts))

    _until(all_ended, size.seconds)
    took_s = time.monotonic() - began
    found = people.ask("summary")
    people.ask("stop")
    counts = found["counts"]
    missing = len(accounts) - counts.get("finished", 0) - counts.get("lost", 0)
    return found | {
        "uploads": len(accounts),
        "lost": counts.get("lost", 0) + missing,
        "took_s": took_s,
        "polite": found["faults"].get("busy", 0),
    }


def mixed(site: Site, people: Driven, size: Size) -> Found:
    """An ordinary day: a third upload and follow what they sent, the others watch, by stream, wait and poll."""
    senders = max(3, size.viewers // 3)
    if isinstance(site, RemoteSite):
        watching, sending = site.accounts(size.viewers), site.accounts(len(site.tokens))
    else:
        site.start_worker()
        watching = site.accounts(size.viewers)
        sending = [one | {"session": None} for one in site.accounts(senders, skip=size.viewers)]
    fifth = max(1, len(watching) // 5)
    transports = {"wait": watching[:fifth], "poll": watching[fifth : 2 * fifth], "stream": watching[2 * fifth :]}
    groups = [group(site, accounts, transport=name) for name, accounts in transports.items()]
    for number, name in enumerate(("stream", "stream", "wait")):
        groups.append(group(site, sending[number::3], "Uploader", transport=name))
    with _driven(site, watching, size):
        return _watched(
            site, people, size, groups, len(transports["stream"]), recording=str(SPEECH), cleans=not site.is_local
        )


def bad_network(site: Site, people: Driven, size: Size) -> Found:
    """Viewers behind proxies that delay, cut, drip and hold streams back: everybody's updates come all the same."""
    assert isinstance(site, LocalSite)
    manners: dict[str, Manner] = {
        "delayed": behavior.shaped(shapes.delayed),
        "cut": behavior.cut(max(2.0, size.seconds / 4)),
        "drip": behavior.BEHAVIORS["drip"],
        "held": behavior.BEHAVIORS["hold-body"],
    }
    accounts = site.accounts(size.viewers)
    with ExitStack() as stack, _driven(site, accounts, size):
        groups = []
        for number, manner in enumerate(manners.values()):
            way = stack.enter_context(proxy(site.port, manner))
            groups.append(group(site, accounts[number :: len(manners)], host=f"http://127.0.0.1:{way.port}"))
        # Streams that are held are never open, and those that are cut not always.
        return _watched(site, people, size, groups, len(accounts[::4])) | {"slow_percent": 100.0 / len(manners)}


def _watched(
    site: Site, people: Driven, size: Size, groups: list[dict[str, Any]], streams: int, **settings: Any
) -> Found:
    """Lets people come, waits until their streams are open, and measures for the seconds of the run."""
    began = time.monotonic()
    people.ask("start", groups=groups, rate=size.rate, clock_s=site.clock.offset_s, **settings)
    open_s, absent = _wait(people, streams, "streaming")
    time.sleep(SETTLE_S)
    people.ask("mark")
    cpu_s = 0.0
    if isinstance(site, LocalSite):
        site.crew.ask("count")
        cpu_s = site.cpu_s()
    time.sleep(size.seconds)
    found = people.ask("summary") | {"absent": absent, "open_all_s": open_s, "clock_error_ms": site.clock.error_ms}
    if isinstance(site, LocalSite):
        found |= {"memory_kb": site.memory_kb(), "web_busy": (site.cpu_s() - cpu_s) / found["measured_s"]}
        found |= _published(site.crew.ask("count"))
    else:
        del found["behind"]  # nobody knows how often sessions change there
    people.ask("stop")
    connects = found["times"].get("connect", {"n": 0})["n"]
    return found | {
        "connects_per_s": streams / open_s,
        "churn_per_s": max(0, connects - streams) / (time.monotonic() - began),
    }


def _published(published: Found) -> Found:
    planned = published["planned"]
    return {
        "publishes_per_s": published["published"] / published["s"],
        "published_percent": 100.0 * published["published"] / planned if planned else None,
        "crew_late_ms": published["late_ms"],
    }


@contextmanager
def _driven(site: Site, accounts: list[dict[str, Any]], size: Size) -> Iterator[None]:
    """Lets the sessions of these people move on during the block; on a site that is not ours workers do that."""
    if isinstance(site, RemoteSite):
        yield
        return
    site.crew.ask("drive", sessions=[one["session"] for one in accounts], pace=size.pace)
    yield  # without `finally`: whoever is interrupted while the crew answers cannot ask it again
    site.crew.ask("drive", sessions=[], pace=size.pace)


def _warmed_up(site: LocalSite, people: Driven, idle_s: float) -> int:
    """Returns the memory of the web process without viewers, in kB, after a few have come and gone."""
    accounts = site.accounts(WARM_UP)
    with _driven(site, accounts, Size(WARM_UP, 1.0, pace=5.0)):
        people.ask("start", groups=[group(site, accounts)], rate=WARM_UP)
        _wait(people, WARM_UP, "streaming")
        time.sleep(SETTLE_S)
        people.ask("stop")
    time.sleep(idle_s)
    return site.memory_kb()


def _wait(people: Driven, count: int, what: str) -> tuple[float, int]:
    """Waits until so many viewers are `streaming` or `served`; returns the seconds, and how many never were."""
    began, came_at, came = time.monotonic(), time.monotonic(), 0

    def have_come() -> bool:
        nonlocal came, came_at
        now = int(people.ask("summary")[what])
        if now > came:
            came, came_at = now, time.monotonic()
        return came >= count or time.monotonic() - came_at > STILL_S

    _until(have_come, COME_S)
    return time.monotonic() - began, max(0, count - came)


def _until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(LOOK_S)
