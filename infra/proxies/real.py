"""Proxies that people run in front of a site, each as it streams and as it goes wrong.

A configuration is a file of `configs/` with the lines of its variant in place of `@extra@`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CONFIGS = Path(__file__).parent / "configs"


@dataclass(frozen=True)
class Places:
    """Where a proxy runs."""

    port: int
    server: int
    """The port of its server."""
    folder: Path
    """A folder of its own."""
    modules: str = "/usr/lib/apache2/modules"

    def fill(self, text: str) -> str:
        """Replaces `@port@` and the others by these."""
        for name, value in vars(self).items():
            text = text.replace(f"@{name}@", str(value))
        return text


@dataclass(frozen=True, kw_only=True)
class Real:
    """A proxy in one configuration, and what becomes of a stream in it.

    Args:
        program: its name in `PROGRAMS`.
        is_held: whether a stream's first event does not come before its end.
        cut_s: the silence after which it ends a stream.
        encoding: what it compresses the stream with, for a client that accepts gzip.
        tls: whether it is reached by TLS and HTTP/2.
        left: when the server learns that the reader left.
    """

    program: str
    extra: str = ""
    is_held: bool = False
    cut_s: float | None = None
    encoding: str = ""
    tls: bool = False
    left: str = "at once"


EVENTS, NEVER = "with event", "never"
"""The server learns that a reader left as it writes one of the next three events, or not even then."""
NGINX_11 = 'proxy_http_version 1.1; proxy_set_header Connection "";'
DEAF = "proxy_ignore_headers X-Accel-Buffering;"
GZIP = "gzip on; gzip_proxied any; gzip_types text/event-stream;"
CADDY = "reverse_proxy 127.0.0.1:@server@"
REAL: Mapping[str, Real] = {
    "nginx": Real(program="nginx"),
    "nginx, HTTP/1.1": Real(program="nginx", extra=NGINX_11),
    "nginx, HTTP/2 and TLS": Real(program="nginx", extra=NGINX_11, tls=True),
    "nginx, header ignored": Real(program="nginx", extra=DEAF, is_held=True),
    "nginx, header ignored, HTTP/1.1": Real(program="nginx", extra=NGINX_11 + DEAF),
    "nginx, gzip": Real(program="nginx", extra=NGINX_11 + GZIP, encoding="gzip"),
    "nginx, gzip, header ignored": Real(program="nginx", extra=NGINX_11 + DEAF + GZIP, is_held=True),
    "nginx, proxy_read_timeout 5s": Real(program="nginx", extra="proxy_read_timeout 5s;", cut_s=5),
    "HAProxy": Real(program="haproxy", left=EVENTS),
    "HAProxy, http-no-delay": Real(program="haproxy", extra="option http-no-delay", left=EVENTS),
    "HAProxy, compression": Real(
        program="haproxy", extra="compression algo gzip\n compression type text/event-stream", left=EVENTS
    ),
    "HAProxy, timeout server 5s": Real(program="haproxy", extra="timeout server 5s", cut_s=5),
    "HAProxy, wait-for-body": Real(
        program="haproxy", extra="http-response wait-for-body time 30s at-least 1m", is_held=True
    ),
    "Caddy": Real(program="caddy", extra=CADDY),
    "Caddy, encode": Real(program="caddy", extra=f"encode gzip zstd\n{CADDY}"),
    "Caddy, flush_interval -1": Real(program="caddy", extra=CADDY + " {\nflush_interval -1\n}", left=NEVER),
    "Caddy, buffer_responses": Real(program="caddy", extra=CADDY + " {\nbuffer_responses\n}", is_held=True),
    "Apache": Real(program="apache2", left=EVENTS),
    "Apache, mod_deflate": Real(program="apache2", extra="SetOutputFilter DEFLATE", encoding="gzip", left=EVENTS),
    "Apache, ProxyTimeout 5": Real(program="apache2", extra="ProxyTimeout 5", cut_s=5),
    "Varnish": Real(program="varnishd", left=EVENTS),
    "Varnish, do_stream false": Real(
        program="varnishd", extra="sub vcl_backend_response { set beresp.do_stream = false; }", is_held=True
    ),
    "Varnish, do_gzip": Real(
        program="varnishd", extra="sub vcl_backend_response { set beresp.do_gzip = true; }", is_held=True
    ),
    "Varnish, between_bytes_timeout 5s": Real(
        program="varnishd", extra="sub vcl_backend_fetch { set bereq.between_bytes_timeout = 5s; }", cut_s=5
    ),
    "Squid": Real(program="squid"),
    "Squid, read_timeout 5 seconds": Real(program="squid", extra="read_timeout 5 seconds", cut_s=5),
    "mitmproxy": Real(program="mitmdump", is_held=True),
    "mitmproxy, stream_large_bodies": Real(program="mitmdump", extra="stream_large_bodies: '1'"),
}

PROGRAMS: Mapping[str, tuple[str, str]] = {
    "nginx": ("nginx.conf", "-p @folder@ -c @config@"),
    "haproxy": ("haproxy.cfg", "-db -f @config@"),
    "caddy": ("Caddyfile", "run --adapter caddyfile --config @config@"),
    "apache2": ("apache.conf", "-X -f @config@"),
    "varnishd": ("varnish.vcl", "-F -j none -s malloc,16m -n @folder@/n -a 127.0.0.1:@port@ -f @config@"),
    "squid": ("squid.conf", "-N -n playhead@port@ -f @config@"),
    "mitmdump": ("config.yaml", "--quiet --set confdir=@folder@"),
}
"""For each program its file in `configs/` and its arguments."""


def command(real: Real, binary: str, at: Places, tls: str = "") -> Sequence[str]:
    """Writes the configuration to the proxy's folder; returns the command that runs it.

    Args:
        tls: what follows the port in nginx's `listen`.
    """
    name, arguments = PROGRAMS[real.program]
    text = (CONFIGS / name).read_text().replace("@extra@", real.extra).replace("@tls@", tls)
    config = at.folder / name
    config.write_text(at.fill(text))
    return [binary, *(at.fill(word).replace("@config@", str(config)) for word in arguments.split())]
