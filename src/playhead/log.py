"""Configures structured logs: one line for each event, with the bound ids (request, session, task)."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Lets imports of this package fail within the block."""
    found = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment]  # Python's way to say that it is not there
    try:
        yield
    finally:
        del sys.modules[package]
        if found is not None:
            sys.modules[package] = found


# structlog loads Rich wherever it is installed, for tracebacks, which are plain here: a sixth of what a start loads.
with _without("rich"):
    import structlog
    from structlog.tracebacks import ExceptionDictTransformer

bind = structlog.contextvars.bind_contextvars
clear = structlog.contextvars.clear_contextvars
bound = structlog.contextvars.get_contextvars

HTTP_CLIENTS = ("httpx", "httpcore")
"""They log the URL of every request, and the URL of a webhook is a secret."""

TICKET = re.compile(r"\bticket=[\w%-]*")
"""A ticket in the query of a URL. A backslash after it stays: it may escape a quote, and without it text of a request
could break the JSON of a line."""


def configure(log_format: str, level: str = "INFO") -> None:
    """Sends the records of structlog and of the standard library to stderr, as `console` or `json` lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log_format == "json":
        # Neither format shows the local variables of a traceback: they may contain passwords.
        shared.append(structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)))
        render: Any = structlog.processors.JSONRenderer()
    else:
        plain = structlog.dev.plain_traceback
        render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    line = logging.StreamHandler(sys.stderr)
    line.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render, _without_tickets],
        )
    )
    logging.captureWarnings(True)  # else warnings are printed as plain lines
    root = logging.getLogger()
    root.handlers[:] = [line]
    root.setLevel(level)
    for client in HTTP_CLIENTS:
        logging.getLogger(client).setLevel("WARNING")
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _without_tickets(_logger: Any, _method: str, line: Any) -> Any:
    """Hides each ticket in a finished line, whatever wrote it there: a traceback, or the log of a library."""
    return TICKET.sub("ticket=***", line)


def get(name: str) -> Any:
    return structlog.stdlib.get_logger(name)
