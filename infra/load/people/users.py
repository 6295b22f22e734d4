"""The people that Locust simulates: each follows a session as the page does, or uploads recordings and follows those.

A viewer streams, obeys goodbyes, comes back with the id of its last event, polls once where a stream is slow to begin,
and goes on by long polls where the path holds streams back. Its waits are in `src/web/packages/live/src/timing.ts`.

Faults by kind: `refused` (no connection), `cut` (a connection that ended without a goodbye), `timeout` (no first event,
or silence), `busy` (503 with Retry-After), `over_limit` (429), `status` (any other answer that was not expected), and
`broken` (a version that fell, an answer that is no JSON, an error of these people themselves).
Over 300 lines: the behavior of one page, read in one go.
"""

import contextlib
import json
import math
import random
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, ClassVar

import gevent
from infra.load.people.documents import FINAL, Document, event, patched, published_s
from infra.load.people.http import BROKEN, Requests, fault_of, multipart
from infra.load.people.records import Connection, Records
from locust import User, task

API = "/api/v1"
FIRST_EVENT_S, SNAPSHOT_S = 6.0, 1.0
BACKOFF_CAP_S, HERD_S = 30.0, 1.0
POLL_S, WAIT_S, WAIT_GAP_S = 3.0, 20, 0.5
FAILURES_MAX = 3
"""Streams that failed in a row, after which a viewer polls."""
PROBE_S = 30.0
"""From then until a stream is tried again."""
BUSY_S = 5.0
"""The wait after a 503 without a usable `Retry-After`."""


@dataclass(slots=True)
class Run:
    """What all people of a run share."""

    records: Records = field(default_factory=Records)
    clock_s: float = 0.0
    """The site's clock minus ours."""
    recording: tuple[str, bytes] = ("", b"")
    """The name and the bytes of what is uploaded."""
    uploads: int = 0
    """Recordings that each uploader sends; 0: until the end."""
    herd: bool = False
    """Whether viewers come back all at once, 2 s after a stream ended, as a bare `EventSource` does."""
    cleans: bool = False
    """Whether uploaders delete what they uploaded when it is final."""


class Person(User):
    """One person with an account of their own. `transport`: how they follow a session."""

    abstract = True
    run_: ClassVar[Run] = Run()
    accounts: "ClassVar[deque[dict[str, Any]]]"
    """Accounts that are free: `headers`, and `session` (null: all of the person's)."""
    transport = "stream"

    def on_start(self) -> None:
        if not self.accounts:
            raise RuntimeError("there are fewer accounts than people")
        self.records = self.run_.records
        self.account = self.accounts.popleft()
        self.requests = Requests(str(self.host), self.account["headers"], self._note)

    def on_stop(self) -> None:
        self.requests.close()
        self.accounts.append(self.account)

    def _note(self, method: str, name: str, ms: float, length: int, error: BaseException | None) -> None:
        self.records.counts[f"requests_{name}"] += 1
        self.environment.events.request.fire(
            request_type=method, name=name, response_time=ms, response_length=length, exception=error, context={}
        )

    def refused(self, response: Any, what: str) -> float:
        """Notes an answer that is not the wanted one, and returns the seconds after which to come back."""
        code, after = response.status_code, response.get("retry-after")
        wait_s = float(after) if after and str(after).isdigit() else BUSY_S
        kind = "over_limit" if code == 429 else "busy" if code == 503 and after else "status"
        self.records.fault(kind, f"{what}: {code}")
        return wait_s * (1 + random.random() / 2)  # noqa: S311 - jitter


class Follower(Person):
    """A person who can follow sessions, by `follow`."""

    abstract = True

    def on_start(self) -> None:
        super().on_start()
        self.connection = Connection()

    def follow(self, session: str | None) -> Document:
        """Follows a session until it is final, or the run ends; with None all of the person's, until the run ends."""
        return Following(self, session).run()


class Following:
    """One session, or list of all, that is followed by one person."""

    def __init__(self, person: Follower, session: str | None) -> None:
        self.person, self.records = person, person.records
        self.path = f"{API}/sessions/{session}/status" if session else f"{API}/status"
        self.is_list = session is None
        self.documents: dict[str, Document] = {}
        """The newest status of each session by its id, as the reader has it."""
        self.mode, self.failures = person.transport, 0
        self.last_id = ""
        self.tag, self.waits = "", 0
        self.final: Document | None = None
        self.probe_at = math.inf
        """When a stream is tried again after several failed."""

    def run(self) -> Document:
        while self.final is None:
            comes_back = self.person.run_.herd and self.person.transport == "stream"
            is_probe = time.monotonic() > self.probe_at or comes_back  # also where a slow start looked like a held path
            if self.mode == "stream" or is_probe:
                self.mode, self.probe_at = "stream", math.inf
                gevent.sleep(self.stream())
            else:
                gevent.sleep(self.poll(waits=self.mode == "wait"))
        return self.final

    # --- streams

    def stream(self) -> float:
        """Reads one stream to its end, and returns the seconds until the next request."""
        began, first = time.perf_counter(), True
        query = f"/stream?patches=1{'&last_event_id=' + self.last_id if self.last_id else ''}"
        snapshot = None if self.documents else gevent.spawn_later(SNAPSHOT_S, self.poll, waits=False)
        client, patience = None, gevent.Timeout.start_new(FIRST_EVENT_S)
        self.records.counts["requests_stream"] += 1
        try:
            client, response = self.person.requests.stream(self.path + query)
            if response.status_code != 200:
                return self.no_stream(response)
            silence_s = FIRST_EVENT_S
            while block := response.readline(b"\n\n"):
                at_s = time.time()
                patience.close()
                if first:
                    self.opened(began)
                    if snapshot:
                        snapshot.kill(block=False)
                    first = False
                name, data = event(block)
                self.records.counts["events"] += 1
                self.records.counts["event_bytes"] += len(block)
                if name == "hello":
                    silence_s = max(2.5 * data["heartbeat_s"], data["heartbeat_s"] + 10)
                elif name == "goodbye":
                    return self.goodbye(data)
                elif name in ("status", "patch"):
                    self.take(block, name, data, at_s)
                patience = gevent.Timeout.start_new(silence_s)
            raise ConnectionResetError("ended without a goodbye")
        except BROKEN as error:
            return self.failed(error, held=first)
        except (ValueError, KeyError) as error:
            self.records.fault("broken", f"a stream: {error!r}")
            return self.backoff()
        finally:
            patience.close()
            self.person.connection.closed(time.perf_counter())
            if snapshot:
                snapshot.kill(block=False)
            if client is not None:
                client.close()

    def opened(self, began: float) -> None:
        now = time.perf_counter()
        self.person.connection.opened(now)
        self.records.time("connect", (now - began) * 1e3)
        self.person.environment.events.request.fire(
            request_type="SSE",
            name="connect",
            response_time=(now - began) * 1e3,
            response_length=0,
            exception=None,
            context={},
        )

    def no_stream(self, response: Any) -> float:
        if response.status_code == 204:  # not by a stream, or nothing is left to say
            mode = str(response.get("playhead-transport", "poll")).partition(";")[0]
            self.mode = "poll" if mode == "stream" else mode
            return 0.0
        wait_s = self.person.refused(response, "a stream")
        self.failures += 1
        return max(wait_s, self.backoff())

    def goodbye(self, data: Document) -> float:
        self.failures = 0
        if data["next"] == "none":
            if data["reason"] != "final":
                self.records.fault("broken", f"a goodbye: {data['reason']}")
                return BACKOFF_CAP_S
            return 0.0
        self.mode = data["next"]
        after_s = (data.get("retry_after_ms") or 0) / 1e3
        return after_s + random.random() * HERD_S  # noqa: S311 - jitter

    def failed(self, error: BaseException, *, held: bool) -> float:
        kind = fault_of(error)
        self.records.fault(kind, f"a stream: {'no event within 6 s' if kind == 'timeout' and held else repr(error)}")
        self.failures += 1
        if kind == "timeout":  # nothing came although the server sends at once: the path holds streams back
            self.mode = "wait"
            return 0.0
        if self.failures >= FAILURES_MAX and not self.person.run_.herd:
            self.mode, self.probe_at = "poll", time.monotonic() + PROBE_S
        return self.backoff()

    def backoff(self) -> float:
        if self.person.run_.herd:
            return 2.0  # `retry: 2000`, exactly
        most = min(BACKOFF_CAP_S, 2.0 ** max(0, self.failures - 1))
        return most * (0.5 + random.random() / 2)  # noqa: S311 - jitter

    def take(self, block: bytes, name: str, data: Document, at_s: float) -> None:
        """Takes a status or a patch from a stream."""
        session = data.get("session_id") or next(iter(self.documents))
        held = self.documents.get(session)
        document = data if name == "status" else patched(self.documents[session], data)
        # The first status of a stream is what was true before: it catches up with what was missed, if anything was.
        kind = "update_stream" if name == "patch" or (self.is_list and held is not None) else "catch_up"
        self.newer(session, document, at_s, kind)
        number = block.partition(b"\nid: ")[2].partition(b"\n")[0]
        self.last_id = number.decode() or self.last_id

    # --- polls

    def poll(self, *, waits: bool) -> float:
        """Asks once, and returns the seconds until the next request."""
        headers = {"If-None-Match": self.tag} if self.tag else {}
        path, name = self.path, "poll"
        if waits and self.tag:
            self.waits += 1
            headers |= {"Prefer": f"wait={WAIT_S}"}
            path, name = f"{self.path}?n={self.waits}", "wait"
        try:
            response = self.person.requests.ask("GET", path, name, headers=headers)
        except BROKEN as error:
            self.failures += 1
            self.records.fault(fault_of(error), f"a {name}: {error!r}")
            return self.backoff()
        at_s = time.time()
        if response.status_code not in (200, 304):
            return self.person.refused(response, f"a {name}")
        self.tag = response.get("etag") or self.tag
        self.failures, self.person.connection.served_at = 0, time.perf_counter()
        if response.status_code == 200:
            try:
                self.answered(response, at_s, name)
            except (ValueError, KeyError) as error:
                self.records.fault("broken", f"a {name}: {error!r}")
        if waits:
            return WAIT_GAP_S
        return float(response.get("playhead-poll-after-ms") or POLL_S * 1e3) / 1e3

    def answered(self, response: Any, at_s: float, name: str) -> None:
        found = json.loads(response.body)
        for document in found["statuses"] if self.is_list else [found]:
            is_first = document["session_id"] not in self.documents
            self.newer(document["session_id"], document, at_s, "first" if is_first else f"update_{name}")

    # --- both

    def newer(self, session: str, document: Document, at_s: float, kind: str) -> None:
        """Keeps a status, and notes how old it was when it came, unless it was the first one or is kept already."""
        held = self.documents.get(session)
        if held is not None and document["version"] <= held["version"]:
            if document["version"] < held["version"] and kind == "update_stream" and not self.is_list:
                self.records.fault("broken", f"a version fell from {held['version']} to {document['version']}")
            return
        self.documents[session] = document
        self.person.connection.newer_at = time.perf_counter()
        age_ms = (at_s + self.person.run_.clock_s - published_s(document)) * 1e3
        if held is not None:
            self.records.time(kind, age_ms)
            if kind == "update_stream":
                self.person.environment.events.request.fire(
                    request_type="SSE",
                    name="update",
                    response_time=age_ms,
                    response_length=0,
                    exception=None,
                    context={},
                )
        if document["state"] in FINAL and not self.is_list:
            self.final = document
            if held is not None:
                self.records.time(f"final_{self.mode}", age_ms)


class Viewer(Follower):
    """Follows the session of the account, or all of its sessions, until the end of the run."""

    def on_start(self) -> None:
        super().on_start()
        self.connection = self.records.connection(streams=self.transport == "stream")

    @task
    def watch(self) -> None:
        self.follow(self.account["session"])
        gevent.sleep(1)


class Uploader(Follower):
    """Uploads a recording, comes back where it is refused, and follows it to its end; then looks at the list."""

    @task
    def send(self) -> None:
        if self.run_.uploads and self.account.setdefault("sent", 0) >= self.run_.uploads:
            gevent.sleep(1)
            return
        self.account["sent"] = self.account.get("sent", 0) + 1
        session = self.upload()
        final = self.follow(session)
        self.records.counts["finished" if final["state"] == "completed" else "lost"] += 1
        with contextlib.suppress(*BROKEN):
            listed = self.requests.ask("GET", f"{API}/sessions", "list")
            if listed.status_code != 200:
                self.refused(listed, "the list")
            elif session.encode() not in listed.body:
                self.records.counts["lost"] += 1
            if self.run_.cleans:
                self.requests.ask("DELETE", f"{API}/sessions/{session}", "delete")

    def upload(self) -> str:
        body, headers = multipart(*self.run_.recording)
        while True:
            try:
                response = self.requests.ask("POST", f"{API}/sessions", "upload", body=body, headers=headers)
            except BROKEN as error:
                self.records.fault(fault_of(error), f"an upload: {error!r}")
                gevent.sleep(BUSY_S)
                continue
            if response.status_code == 201:
                self.records.counts["accepted"] += 1
                return str(json.loads(response.body)["id"])
            gevent.sleep(self.refused(response, "an upload"))
