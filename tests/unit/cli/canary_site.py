"""A site in memory for canaries: one session, whose statuses come by a stream and by polls as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from playhead.cli.canary_leg import Patience
from tests.unit.cli.rude_server import event, goodbye

ADDRESS = "http://playhead.test"
ORIGIN = "http://streams.test"
CALM = Patience(first_s=10, final_s=20, rest_s=0.001)
"""For what comes at once, on a busy machine as well."""
MUTE = Patience(first_s=0.1, final_s=20, rest_s=0.001)
NEVER = Patience(first_s=10, final_s=0.3, rest_s=0.001)
"""For a stream that delivers nothing, and for a session that does not end."""
SESSION_ID = "0193a5b0-0000-7000-8000-000000000000"
ALLOWED = "stream; reason=flag_on"
FIRST, LAST = 1_000_001, 1_000_004


def status(version: int, *, late_s: float = 0.0) -> str:
    """A status that was made `late_s` ago, the last one final."""
    state = "completed" if version == LAST else "uploading"
    made_at = (datetime.now(UTC) - timedelta(seconds=late_s)).isoformat()
    return json.dumps({"version": version, "state": state, "updated_at": made_at, "a_field_of_the_future": 1})


class CanarySite(httpx.AsyncByteStream):
    """Answers all that a canary asks.

    Args:
        refusal: the answer to whoever wants to begin a session; None: it begins.
        transport: what status answers say; a stream is refused unless its mode is `stream`.
        is_mute: whether streams deliver nothing.
        late_s: how old the statuses of streams are.
        is_final: whether the session ends.
        may_wait: whether polls are held.
        lines: of the transcript.
        telemetry: what the site wants reported.
        full: the reasons for which the first streams are answered by 503.
    """

    def __init__(
        self,
        *,
        refusal: httpx.Response | Exception | None = None,
        transport: str = ALLOWED,
        is_mute: bool = False,
        late_s: float = 0.0,
        is_final: bool = True,
        may_wait: bool = True,
        lines: int = 1,
        telemetry: str = "",
        full: Sequence[str] = (),
    ) -> None:
        self._full = [*full]
        self.refusal = refusal
        self.transport, self.is_mute, self.late_s, self.is_final = transport, is_mute, late_s, is_final
        self.may_wait, self.lines, self.telemetry = may_wait, lines, telemetry
        self.asked: list[httpx.Request] = []
        self._polls = 0

    def connect(self, address: str, token: str) -> httpx.AsyncClient:
        assert (address, token) == (ADDRESS, "ph_1")
        headers, transport = {"Authorization": f"Bearer {token}"}, httpx.MockTransport(self.answer)
        return httpx.AsyncClient(base_url=f"{address}/api/v1/", headers=headers, transport=transport)

    def posted(self, target: str) -> list[dict[str, object]]:
        """The bodies that were posted there."""
        found = (one for one in self.asked if one.method == "POST" and one.url.path == f"/api/v1/{target}")
        return [json.loads(one.content) for one in found]

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match request.method, request.url.path.removeprefix("/api/v1/").split("/"):
            case "POST", ["canary"]:
                if isinstance(self.refusal, Exception):
                    raise self.refusal
                return self.refusal or httpx.Response(201, json={"id": SESSION_ID, "status": self._begun()})
            case "POST", ["canary", _, "outcome"]:
                return httpx.Response(204)
            case "POST", ["tickets"]:
                return httpx.Response(201, json={"ticket": "t", "url": f"{ORIGIN}/stream"})
            case "GET", ["", "stream"] if request.url.host == httpx.URL(ORIGIN).host:
                return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=self)
            case "POST", ["telemetry"]:
                return httpx.Response(202)
            case "GET", [_, _, "status", "stream"]:
                if self._full:
                    return httpx.Response(503, headers={"Playhead-Transport": f"poll; reason={self._full.pop(0)}"})
                headers = {"Content-Type": "text/event-stream", "Playhead-Transport": self.transport}
                if not self.transport.startswith("stream") or "via=ticket" in self.transport:
                    return httpx.Response(204, headers=headers)
                return httpx.Response(200, headers=headers, stream=self)
            case "GET", [_, _, "status"]:
                return self._poll()
            case "GET", [_, _, "transcript"]:
                return httpx.Response(200, json={"segments": [{}] * self.lines})
        return httpx.Response(404, json={"code": "not_found", "detail": "There is nothing."})

    def _begun(self) -> dict[str, object]:
        return {"version": FIRST, "state": "uploading", "stage": "uploading", "message": ""}

    def _poll(self) -> httpx.Response:
        self._polls += 1
        version = min(FIRST + self._polls // 2, LAST if self.is_final else LAST - 1)
        now_ms = datetime.now(UTC).timestamp() * 1000
        headers = {"Playhead-Transport": self.transport, "Playhead-Server-Time": f"{now_ms:.0f}"}
        headers |= {"ETag": f'"{version}"', "Playhead-Poll-After-Ms": "1"}
        headers |= {"Preference-Applied": "wait=20"} if self.may_wait else {}
        headers |= {"Playhead-Telemetry": self.telemetry} if self.telemetry else {}
        return httpx.Response(200, headers=headers, text=status(version))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.is_mute:
            await asyncio.Event().wait()
        hello = {"server_time": datetime.now(UTC).isoformat()} | (
            {"telemetry": self.telemetry} if self.telemetry else {}
        )
        yield event("hello", json.dumps(hello)).encode()
        for version in range(FIRST, LAST + self.is_final):
            await asyncio.sleep(0.001)
            yield event("status", status(version, late_s=self.late_s if version > FIRST else 0.0)).encode()
        if not self.is_final:
            await asyncio.Event().wait()
        yield goodbye("final", "none").encode()
