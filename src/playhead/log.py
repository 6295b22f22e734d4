"""Logs on stderr: one line an event, as `console` or `json`, with the ids bound at the edge (request, session, task).

No library: structlog imports Rich wherever that is installed, a tenth of the start of a web process.
"""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

FIELDS = "playhead_fields"
"""The attribute of a record that holds what its event was logged with."""

_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound", default=MappingProxyType({}))


def bind(**fields: Any) -> None:
    """Show these with every line of this context from now on."""
    _bound.set({**_bound.get(), **fields})


def clear() -> None:
    _bound.set({})


def bound() -> Mapping[str, Any]:
    return _bound.get()


class Logger:
    """A logger of the standard library whose events have fields: `logger.info("flags read", path=path)`."""

    __slots__ = ("_logger",)

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **fields: Any) -> None:
        self._log(logging.INFO, event, None, fields)

    def warning(self, event: str, *, exc_info: Any = None, **fields: Any) -> None:
        self._log(logging.WARNING, event, exc_info, fields)

    def error(self, event: str, *, exc_info: Any = None, **fields: Any) -> None:
        self._log(logging.ERROR, event, exc_info, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """An error with the traceback of the exception that is being handled."""
        self._log(logging.ERROR, event, True, fields)

    def _log(self, level: int, event: str, exc_info: Any, fields: dict[str, Any]) -> None:
        self._logger.log(level, event, exc_info=exc_info, extra={FIELDS: fields})


def get(name: str) -> Logger:
    return Logger(name)


def configure(log_format: str, level: str = "INFO") -> None:
    """Send all records, also those of libraries, to stderr as `console` or `json` lines."""
    line = logging.StreamHandler(sys.stderr)
    line.setFormatter(Json() if log_format == "json" else Console())
    root = logging.getLogger()
    root.handlers[:] = [line]
    root.setLevel(level)


class Console(logging.Formatter):
    """`2026-11-28T09:00:00.000000Z [info     ] the event [the.logger] field=value`, and tracebacks on further lines.

    Tracebacks show no variables, in either format: among them are passwords.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={_plain(value)}" for name, value in _fields(record).items())
        head = f"{_time(record)} [{record.levelname.lower():9}] {record.getMessage()} [{record.name}] {fields}"
        return "\n".join(part for part in (head.rstrip(), _failure(self, record)) if part)


class Json(logging.Formatter):
    """All of a record in one object."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "timestamp": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **_fields(record),
        }
        if failure := _failure(self, record):
            document["exception"] = failure
        return json.dumps(document, default=repr)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {**_bound.get(), **getattr(record, FIELDS, {})}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _failure(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""


def _plain(value: object) -> str:
    """A line break of somebody else's would begin a line of theirs."""
    text = str(value)
    return text if text.isprintable() else repr(text)
