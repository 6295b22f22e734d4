"""A server in memory that takes uploads, for commands about several sessions."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx
from click.testing import CliRunner, Result

from playhead.cli import main, resumable
from tests.unit.cli.rude_server import BASE, ctrl_c, event, goodbye, hello, status, stream

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
OK = httpx.Response(204)
DONE = status(9, "completed", progress=1)
Answer = httpx.Response | Exception | Literal["ctrl-c"]


@dataclass(frozen=True)
class Cut:
    """Of this chunk the server gets and keeps so many bytes, then answers so.

    None: the connection breaks; `gone`: it does, and the upload is deleted; a function: it does after this happened.
    """

    kept: int
    answer: Answer | Literal["gone"] | Callable[[], None] | None = None


class Server:
    """Takes uploads, and ends each session by what is scripted for the name of its file: else it is completed.

    Args:
        uploads: by name, the answers to its uploads before it is taken.
        finals: by name, the final status.
        chunks: what becomes of the first chunks that are sent.
        is_old: it takes forms alone.

    Attributes:
        stored: by session, what it has of the file; the id of a session is the name of the file.
        sizes: the lengths of the chunks.
        metadata: of the uploads that were begun.
        deleted: uploads that were deleted; a request for one is answered with `gone`.
    """

    def __init__(
        self,
        uploads: Mapping[str, list[Answer]] | None = None,
        finals: Mapping[str, str] | None = None,
        chunks: Sequence[Cut] = (),
        *,
        is_old: bool = False,
    ):
        self.uploads, self.finals = {name: list(answers) for name, answers in (uploads or {}).items()}, finals or {}
        self.chunks, self.is_old = list(chunks), is_old
        self.requests: list[httpx.Request] = []
        self.sent: list[str] = []
        self.stored: dict[str, bytearray] = {}
        self.sizes: list[int] = []
        self.metadata: list[dict[str, str]] = []
        self.deleted: set[str] = set()
        self.gone = 404

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        what, _, rest = request.url.path.removeprefix("/api/v1/").partition("/")
        if what == "uploads":
            if self.is_old:
                return refusal(404)
            assert request.headers["Tus-Resumable"] == "1.0.0"
            return await self._resumable(request, rest)
        if request.method == "POST" and not rest:
            return await self._take(request.content.partition(b'filename="')[2].partition(b'"')[0].decode())
        name = rest.split("/")[0]
        if rest.endswith("/retry"):
            return httpx.Response(202, json=_session(name))
        if rest.endswith("/status/stream"):
            return stream(hello(), event("status", self.finals.get(name, DONE)), goodbye("final", "none"))
        return httpx.Response(200, text=f"the words of {name}\n")

    async def _take(self, name: str) -> httpx.Response:
        self.sent.append(name)
        answer: Answer = httpx.Response(201, json=_session(name), headers={"Playhead-Session": name})
        if self.uploads.get(name):
            answer = self.uploads[name].pop(0)
        return await answered(answer)

    async def _resumable(self, request: httpx.Request, session: str) -> httpx.Response:
        if request.method == "POST":
            pairs = (pair.split(" ") for pair in request.headers["Upload-Metadata"].split(","))
            metadata = {key: b64decode(value).decode() for key, value in pairs}
            answer = await self._take(metadata["filename"])
            if answer.status_code == 201:
                self.metadata.append(metadata)
                self.stored[metadata["filename"]] = bytearray()
                self.deleted.discard(metadata["filename"])
            return answer
        if session not in self.stored or session in self.deleted:
            return httpx.Response(self.gone, headers=resumable.TUS)
        if request.method == "DELETE":
            self.deleted.add(session)
            return httpx.Response(204)
        response = await answered(self._append(request, session) if request.method == "PATCH" else OK)
        if response.status_code == 204:
            response = httpx.Response(204, headers={"Upload-Offset": str(len(self.stored[session]))})
        return response

    def _append(self, request: httpx.Request, session: str) -> Answer:
        stored, length = self.stored[session], len(request.content)
        if int(request.headers["Upload-Offset"]) != len(stored):
            return refusal(409)
        assert int(request.headers["Content-Length"]) == length
        self.sizes.append(length)
        script = self.chunks.pop(0) if self.chunks else Cut(length, OK)
        stored += request.content[: script.kept]
        answer = script.answer
        if answer == "gone":
            self.deleted.add(session)
        elif callable(answer):
            answer()
        elif answer is not None:
            return answer
        return httpx.ReadError("cut")

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=BASE, transport=httpx.MockTransport(self))


async def answered(answer: Answer) -> httpx.Response:
    if isinstance(answer, Exception):
        raise answer
    return await ctrl_c() if answer == "ctrl-c" else answer


def _session(name: str) -> dict[str, object]:
    return {"id": name, "status": json.loads(status(1, "queued"))}


def playhead(server: Server | Callable[[httpx.Request], httpx.Response], *words: object, stdin: bytes = b"") -> Result:
    def connect(address: str, token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=BASE, headers=headers, transport=httpx.MockTransport(server))

    return CliRunner().invoke(
        main, [str(word) for word in words], obj=connect, input=stdin, env={"PLAYHEAD_TOKEN": "ph_1"}
    )


def refusal(code: int, detail: str = "No.", **headers: str) -> httpx.Response:
    return httpx.Response(code, json={"code": "x", "detail": detail}, headers=headers)
