"""Requests of tus 1.0 as a client sends them, one by one."""

import base64
from dataclasses import dataclass
from typing import Any

from quart import Response
from quart.typing import TestClientProtocol as Client

from tests.unit.accounts.rooms import OURS
from tests.unit.uploads.world import FLAC

ROUTE = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def metadata(filename: str = "talk.flac", **more: str) -> dict[str, str]:
    pairs = {"filename": filename, **more}
    return {"Upload-Metadata": ",".join(f"{key} {encoded(value)}" for key, value in pairs.items())}


@dataclass(frozen=True)
class Tus:
    """A signed-in client."""

    client: Client

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, data: bytes = b"") -> Response:
        """Sends a request that has `Tus-Resumable` unless `headers` has it; an empty value leaves a header out."""
        given = OURS | TUS | ({"Content-Length": str(len(data))} if data else {}) | (headers or {})
        given = {name: value for name, value in given.items() if value}
        body: dict[str, Any] = {"data": data}
        answer = await self.client.open(path, method=method, headers=given, **body)
        await answer.get_data()
        return answer

    async def create(self, length: int | str = len(FLAC), headers: dict[str, str] | None = None) -> Response:
        return await self.ask("POST", ROUTE, {"Upload-Length": str(length)} | metadata() | (headers or {}))

    async def begin(self, length: int = len(FLAC), headers: dict[str, str] | None = None) -> str:
        """Begins an upload; returns its path."""
        answer = await self.create(length, headers)
        assert answer.status_code == 201
        return answer.headers["Location"]

    async def append(self, path: str, offset: int | str, data: bytes, **headers: str) -> Response:
        given = BYTES | {"Upload-Offset": str(offset)} | {name.replace("_", "-"): headers[name] for name in headers}
        return await self.ask("PATCH", path, given, data)

    async def offset(self, path: str) -> int:
        answer = await self.ask("HEAD", path)
        assert answer.status_code == 200
        return int(answer.headers["Upload-Offset"])


def session_of(path: str) -> str:
    """The path of an upload's session."""
    return path.replace("/uploads/", "/sessions/")
