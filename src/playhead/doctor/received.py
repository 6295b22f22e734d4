"""What arrived of a request: names of headers, and the values only of those that are no secret."""

import time

from playhead.doctor.measured import PROBE_COOKIE, PROBE_HEADER, Received
from playhead.live.http import Request

ADDED = (
    "cdn-loop", "cf-connecting-ip", "cf-ray", "cf-visitor", "do-connecting-ip", "fastly-client-ip",
    "fly-request-id", "forwarded", "ocp-apim-subscription-key", "true-client-ip", "via", "x-amz-cf-id",
    "x-amzn-trace-id", "x-appgw-trace-id", "x-arr-log-id", "x-azure-ref", "x-cloud-trace-context",
    "x-envoy-expected-rq-timeout-ms", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port",
    "x-forwarded-prefix", "x-forwarded-proto", "x-forwarded-server", "x-middleware-subrequest", "x-nf-request-id",
    "x-original-host", "x-real-ip", "x-request-start", "x-varnish", "x-vercel-id", "x-zscaler-client",
)  # fmt: skip
"""Headers by which proxies name themselves or their clients to a server."""
VALUE_LENGTH = 200
"""What is kept of a value: those of browsers are shorter."""


def received(request: Request, upload_max_bytes: int) -> Received:
    """What the server received. `upload_max_bytes`: the largest file that it takes."""
    headers = request.headers

    def value(name: str) -> str:
        return "".join(letter for letter in headers.get(name, "") if letter.isprintable())[:VALUE_LENGTH]

    return Received(
        http_version=request.http_version,
        host=value("host"),
        via=value("via"),
        added=[name for name in ADDED if name in headers],
        accept=value("accept"),
        accept_encoding=value("accept-encoding"),
        origin="origin" in headers,
        cookie=PROBE_COOKIE in request.cookies,
        header=PROBE_HEADER.lower() in headers,
        server_time=int(time.time() * 1000),
        upload_max_bytes=upload_max_bytes,
    )
