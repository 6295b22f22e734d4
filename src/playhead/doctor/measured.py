"""What a probe measured on the way to a site: the input of `verdict`. Times are in milliseconds.

Every text and list has a bound, because the route that judges takes them from anybody who is signed in.
"""

from typing import Annotated, Literal

import msgspec

Time = Annotated[float, msgspec.Meta(ge=0, le=3_600_000)]
"""Since a request, in ms; an hour at most. JSON has no NaN and no Infinity, and 1e999 is above the bound."""
Moment = Annotated[float, msgspec.Meta(ge=0, le=2.0**53)]
"""Since 1970, in ms."""
Offset = Annotated[float, msgspec.Meta(ge=-(2.0**53), le=2.0**53)]
Status = Annotated[int, msgspec.Meta(ge=0, le=599)]
Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Word = Annotated[str, msgspec.Meta(max_length=64)]
Value = Annotated[str, msgspec.Meta(max_length=256)]
Names = Annotated[list[Word], msgspec.Meta(max_length=48)]
Headers = Annotated[dict[Word, Value], msgspec.Meta(max_length=48)]
"""By their names in small letters."""

Pattern = Literal["short", "large", "long", "steady", "public"]
"""The streams of `patterns`; `public` is `/stream/probe`."""
Variant = Literal["page", "identity", "any", "all"]
"""How a stream is asked for: as a page does; without an offer of compression; with `Accept: */*`; with an offer of all
that browsers know (br, zstd), where that is more than `page` offers."""
End = Literal["whole", "open", "cut", "silent", "left"]
"""How a stream ended: with a goodbye; with one, but its connection stayed open; without one; not, but
nothing more came; the probe left it, because it had seen enough, or the server ended it for another reason."""

READ_HEADERS = (
    "age", "alt-svc", "cache-control", "cf-cache-status", "cf-mitigated", "cf-ray", "content-encoding", "content-type",
    "location", "ocp-apim-trace-location", "playhead-transport", "request-context", "server", "server-timing", "via",
    "x-accel-buffering", "x-amz-apigw-id", "x-amz-cf-id", "x-amzn-requestid", "x-azure-ref", "x-bunny-cache", "x-cache",
    "x-envoy-upstream-service-time", "x-kong-proxy-latency", "x-kong-upstream-latency", "x-nf-request-id",
    "x-powered-by", "x-request-id", "x-served-by", "x-squid-error", "x-varnish", "x-vercel-id", "x-zscaler-status",
)  # fmt: skip
"""The headers of responses that a probe notes: ours, and those by which proxies are recognised."""
PROBE_HEADER = "X-Playhead-Probe"
"""A header that a probe sends to see whether it arrives."""
PROBE_COOKIE = "playhead-probe"
"""A cookie that a probe sends to see whether it arrives."""


class Event(msgspec.Struct, frozen=True):
    """An event of a stream. `sent_at` by the server's clock, `arrived_ms` since the request by the probe's."""

    number: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    sent_at: Moment
    arrived_ms: Time


class Stream(msgspec.Struct, frozen=True):
    """One request for a stream.

    Args:
        began_at: when it was sent, by the probe's clock.
        status: of the response; 0: no head came.
        http_version: of the response, as the probe saw it.
        headers: those of `READ_HEADERS` that the response has.
        head_ms: until the head; None: it did not come.
        first_byte_ms: until the body began.
        ended_ms: until its end, or until the probe left.
        size_bytes: of the body, as it was received.
    """

    pattern: Pattern
    variant: Variant
    began_at: Moment
    end: End
    ended_ms: Time
    status: Status = 0
    http_version: Word = ""
    headers: Headers = {}
    head_ms: Time | None = None
    first_byte_ms: Time | None = None
    size_bytes: Bytes = 0
    events: Annotated[list[Event], msgspec.Meta(max_length=128)] = []


class Received(msgspec.Struct, frozen=True):
    """What the server received of a request: of most headers only that they are there.

    Args:
        host: the name that was asked for.
        via: the proxies that name themselves.
        added: the headers that it has and that only proxies add.
        origin, cookie, header: whether it has an `Origin`, the cookie and the header of the probe.
        server_time: ms since 1970.
        upload_max_bytes: the largest file that the server takes.
    """

    http_version: Word
    host: Value
    via: Value
    added: Names
    accept: Value
    accept_encoding: Value
    origin: bool
    cookie: bool
    header: bool
    server_time: Moment
    upload_max_bytes: Bytes


class AnnouncedUpload(msgspec.Struct, frozen=True):
    """What became of a request that announced a body of `asked_bytes` and waited before it sent one.

    Args:
        status: of the first response, 100 for "go on"; 0: none came.
        is_ours: whether the server itself answered.
        passed_bytes: the largest size that was not refused on the way; 0: none of those tried.
    """

    asked_bytes: Bytes
    status: Status
    is_ours: bool = False
    headers: Headers = {}
    passed_bytes: Bytes = 0


class Measured(msgspec.Struct, frozen=True):
    """Everything that one probe measured of one address.

    Args:
        url: the address.
        probe: who measured.
        sent: which of `Origin`, `Cookie` and the probe's header were sent to see whether they arrive.
        login: the status of a small request of the signed-in person; 0: not asked, or no answer came.
        round_trips_ms: of small requests.
        clock_ms: the server's clock less the probe's, and by how much this may be wrong; None: not measured.
        headers: of the small request's response.
    """

    url: Annotated[str, msgspec.Meta(max_length=512)]
    probe: Literal["cli", "page"]
    streams: Annotated[list[Stream], msgspec.Meta(max_length=24)] = []
    login: Status = 0
    headers: Headers = {}
    sent: Names = []
    received: Received | None = None
    round_trips_ms: Annotated[list[Time], msgspec.Meta(max_length=16)] = []
    clock_ms: tuple[Offset, Time] | None = None
    upload: AnnouncedUpload | None = None
