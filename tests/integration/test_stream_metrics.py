"""The metrics of a web process are what its readers saw: streams, events, bytes, and a lag for each change."""

import asyncio

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.event_stream import Received, parse
from tests.support.site import Person, Site, Web
from tests.support.waiting import ANSWER_S, async_until
from tests.support.worker import Worker

WAYS = ("", "?patches=1", "?segments=1") * 2
"""Two streams each: written on the fast path, the same as patches, and by the generator, because it sends words too."""
UPDATES = 10


class Stream:
    """A stream that is read to its end."""

    def __init__(self, client: httpx.AsyncClient, path: str, person: Person) -> None:
        self.body = b""
        self.task = asyncio.create_task(self._read(client, path, person))

    @property
    def events(self) -> list[Received]:
        return parse(self.body)

    @property
    def changes(self) -> int:
        """The statuses that came, whole or as patches."""
        return sum(event.event in ("status", "patch") for event in self.events)

    async def _read(self, client: httpx.AsyncClient, path: str, person: Person) -> None:
        async with client.stream("GET", path, headers=person.headers) as answer:
            async for piece in answer.aiter_bytes():
                self.body += piece


def samples(web: Web) -> dict[str, float]:
    """All samples, by name and the values of their labels."""
    text = httpx.get(f"{web.url}/metrics", trust_env=False).raise_for_status().text
    return {
        ",".join([sample.name.removeprefix("playhead_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_agree_with_what_readers_received(site: Site) -> None:
    ada = site.person()
    with site.web() as web, site.worker(site.session(ada)) as worker:
        path = f"{web.url}/api/v1/sessions/{worker.session_id}/status"
        async with httpx.AsyncClient(timeout=ANSWER_S, trust_env=False) as client:
            streams = [Stream(client, f"{path}/stream{way}", ada) for way in WAYS]
            await async_until(lambda: all(stream.changes for stream in streams), "all have the present status")
            assert samples(web)["streams_open"] == len(streams)
            for _ in range(UPDATES):
                await advanced(worker, streams)
            await asyncio.to_thread(worker.finish)
            async with asyncio.timeout(ANSWER_S):
                await asyncio.gather(*(stream.task for stream in streams))
            polled = await client.get(path, headers=ada.headers)
        events = sum(len(stream.events) for stream in streams)
        await async_until(lambda: samples(web)["stream_events_total"] >= events, "all events are counted")
        found = samples(web)
    assert {name: found[name] for name in expected_of(streams)} == expected_of(streams)
    assert found["status_bytes_total"] == len(polled.content)
    assert found["status_requests_total,changed,poll"] == found["transport_choices_total,poll,final"] == 1


async def advanced(worker: Worker, streams: list[Stream]) -> None:
    """Let the worker go on, and wait until each stream has brought it: so nothing is conflated."""
    before = [stream.changes for stream in streams]
    await asyncio.to_thread(worker.advance)
    await async_until(lambda: all(map(newer, streams, before)), "all have the change")


def newer(stream: Stream, changes: int) -> bool:
    return stream.changes > changes


def expected_of(streams: list[Stream]) -> dict[str, float]:
    lags = sum(stream.changes - 1 for stream in streams)  # the first status of each changed before it was opened
    return {
        "streams_open": 0,
        "streams_opened_total": len(streams),
        "streams_established_total": len(streams),
        "stream_establish_seconds_count": len(streams),
        "streams_ended_total,final": len(streams),
        "transport_choices_total,stream,flag_on": len(streams),
        "stream_events_total": sum(len(stream.events) for stream in streams),
        "stream_bytes_total": sum(len(stream.body) for stream in streams),
        "status_write_lag_seconds_count": lags,
        "status_write_lag_seconds_bucket,10.0": lags,
        "gaps_total,topic": 0,
        "gaps_total,all": 0,
    }
