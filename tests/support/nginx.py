"""Runs nginx as a load balancer in front of web processes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.programs import environ, program
from tests.support.site import Web
from tests.support.waiting import until

SETUP = Path(__file__).parents[2] / "infra" / "setup" / "nginx.sh"

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
    upstream playhead {{ {servers} keepalive 4; }}
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
    """Runs a load balancer for these; yields its port.

    With `max_fails=0`: otherwise nginx excludes a process that refused a connection for 10 s, then tries it with one
    request, and waits for the end of that, which takes minutes for a stream. A refused connection goes to the next
    process in any case.
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
