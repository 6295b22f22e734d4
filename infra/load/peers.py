"""Defines the peers: how each is started, reached and published to. A new one is an entry in `PEERS`."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.load import document, product
from infra.load.rig import Rig, command

from playhead.sessions.status import encode

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BIN = ROOT / ".cache" / "bench" / "bin"
"""The environment of the compared servers, separate from the product's."""
BACKLOG = "2048"
"""Listen backlog of all peers: with Hypercorn's default of 100 a burst of connections causes retries of a second and
more."""
NGINX_CONF = """\
load_module {module};
daemon off; master_process on; worker_processes 1; worker_rlimit_nofile 20000;
pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 19000; multi_accept on; }}
http {{
    access_log off; keepalive_requests 100000000; tcp_nodelay on; nchan_shared_memory_size 256M;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog={backlog};
        location ~ ^/sse/(.+)$ {{ nchan_subscriber eventsource; nchan_channel_id $1; }}
        location ~ ^/pub/(.+)$ {{ nchan_publisher; nchan_channel_id $1; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server to measure.

    Args:
        example: makes an update as it is sent, with placeholders in it.
        path: of a session's stream; where a peer answers polls, without `/stream` that of its status.
        ready: a part of a reader's first event.
    """

    command: Callable[[Rig, int], list[str]]
    example: Callable[[Rig], bytes]
    path: str = "/sse/{session}"
    ready: str = ": ok"
    kind: str = "redis"


def _hypercorn(app: str) -> Callable[[Rig, int], list[str]]:
    return lambda rig, port: [
        *(str(BIN / "hypercorn"), "-k", "uvloop", "-b", f"127.0.0.1:{port}", "--backlog", BACKLOG),
        f"{app}:app",
    ]


def _uvicorn(app: str) -> Callable[[Rig, int], list[str]]:
    return lambda rig, port: [
        *(str(BIN / "uvicorn"), "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--backlog", BACKLOG),
        *("--log-level", "warning", "--port", str(port), f"{app}:app"),
    ]


def _nginx(rig: Rig, port: int) -> list[str]:
    folder = rig.folder / f"nginx-{port}"
    folder.mkdir()
    conf = folder / "nginx.conf"
    binary, module = nchan()
    conf.write_text(NGINX_CONF.format(module=module, folder=folder, port=port, backlog=BACKLOG))
    return [binary, "-c", str(conf), "-p", str(folder)]


def nchan() -> tuple[str, str]:
    """Returns the paths of nginx and of the module. Raises RuntimeError if they cannot be installed."""
    script = ROOT / "infra" / "setup" / "nginx.sh"
    done = subprocess.run(["bash", script, "nchan"], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    binary, module = done.stdout.split()
    return binary, module


def _publish(_: Rig) -> bytes:
    body = b"%d %s" % (document.VERSION, _document())
    return command("PUBLISH", f"status:{document.SESSION}", body)


def _post(_: Rig) -> bytes:
    body = _document()
    head = (
        f"POST /pub/{document.SESSION} HTTP/1.1\r\nHost: localhost\r\nX-EventSource-Event: status\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _document() -> bytes:
    return encode(document.status())


PEERS = {
    "playhead": Peer(
        command=lambda rig, port: product.command(),
        path="/api/v1/sessions/{session}/status/stream",
        ready="event: status",  # not `hello`: a reader is served once it has the status
        example=product.example,
    ),
    "live-uvicorn": Peer(
        command=_uvicorn("live_kernel"),
        path="/jobs/{session}/status/stream",
        ready="event: status",
        example=product.job_example,
    ),
    "asgi-hypercorn": Peer(command=_hypercorn("asgi_hub"), path="/sse/{session}/stream", example=_publish),
    "plain-hub": Peer(command=_hypercorn("quart_hub"), example=_publish),
    "naive": Peer(command=_hypercorn("quart_naive"), example=_publish),
    "sse-starlette": Peer(command=_uvicorn("starlette_sse"), example=_publish),
    "nchan": Peer(command=_nginx, example=_post, kind="http", ready=":"),
}
