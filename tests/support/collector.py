"""A collector of traces: takes OTLP over HTTP, decodes it, and keeps the spans."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent

from tests.support.local_server import LocalServer

PATH = "/v1/traces"


@dataclass(frozen=True)
class Span:
    """A span that was received, with its ids in hexadecimal digits and its times in ns since 1970."""

    name: str
    service: str
    trace_id: str
    span_id: str
    parent_id: str
    began_ns: int
    ended_ns: int
    attributes: dict[str, Any]
    links: list[tuple[str, str]]
    events: list[str]
    is_error: bool


@dataclass
class Collector:
    url: str = ""
    """The value of `OTEL_EXPORTER_OTLP_ENDPOINT`."""
    spans: list[Span] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """Settings of a process that sends its spans here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}

    def of(self, trace_id: str, name: str = "") -> list[Span]:
        """The spans of a trace, with this name if one is given, in the order of their beginnings."""
        found = [span for span in self.spans if span.trace_id == trace_id and name in ("", span.name)]
        return sorted(found, key=lambda span: span.began_ns)

    def take(self, body: bytes) -> None:
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            (service,) = (
                one.value.string_value for one in of_resource.resource.attributes if one.key == "service.name"
            )
            for of_scope in of_resource.scope_spans:
                self.spans += [_span(service, sent) for sent in of_scope.spans]


def _span(service: str, sent: Sent) -> Span:
    return Span(
        name=sent.name,
        service=service,
        trace_id=sent.trace_id.hex(),
        span_id=sent.span_id.hex(),
        parent_id=sent.parent_span_id.hex(),
        began_ns=sent.start_time_unix_nano,
        ended_ns=sent.end_time_unix_nano,
        attributes={one.key: _value(one.value) for one in sent.attributes},
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in sent.links],
        events=[event.name for event in sent.events],
        is_error=sent.status.code == sent.status.STATUS_CODE_ERROR,
    )


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, str(kind))


@contextmanager
def collector(status: int = 200) -> Iterator[Collector]:
    """Runs a collector that answers with this status; it keeps what it answers 200 to."""
    kept = Collector()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if status == 200 and self.path == PATH:
                kept.take(body)
            self.send_response(status if self.path == PATH else 404)
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, format: str, *args: object) -> None:
            """Writes nothing."""

    server = LocalServer(Answer)
    kept.url = server.url
    try:
        yield kept
    finally:
        server.close()
