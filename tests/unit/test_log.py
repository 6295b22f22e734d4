"""Logs: what a line holds, and that a failure tells where it happened, and nothing of what it happened to."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from playhead import log

PASSWORD = "correct horse battery"
Written = Callable[[], str]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is the process's: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    log.clear()


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Written:
    return lambda: capsys.readouterr().err


def _sign_in(password: str) -> None:
    raise ZeroDivisionError(f"{len(password)} letters")


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("get", [log.get, logging.getLogger])
def test_a_traceback_shows_no_variables(log_format: str, get: Callable[[str], Any], written: Written) -> None:
    log.configure(log_format)
    try:
        _sign_in(PASSWORD)
    except ZeroDivisionError:
        get("test").exception("sign-in failed")
    text = written()
    assert "ZeroDivisionError" in text
    assert "_sign_in" in text
    assert PASSWORD not in text


def test_a_json_line_holds_the_whole_failure(written: Written) -> None:
    log.configure("json")
    try:
        _sign_in(PASSWORD)
    except ZeroDivisionError:
        log.get("test").exception("sign-in failed")
    (line,) = written().splitlines()
    assert json.loads(line)["exception"].splitlines()[-1] == "ZeroDivisionError: 21 letters"


def test_a_json_line_holds_the_event_its_fields_and_what_is_bound(written: Written) -> None:
    log.configure("json")
    log.bind(request_id="r1")
    log.bind(session_id="s1")
    log.get("test").warning("100 % of it failed", name="x", value=b"x")
    record = json.loads(written())
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record.pop("timestamp"))
    assert record == {
        "level": "warning",
        "event": "100 % of it failed",
        "logger": "test",
        "request_id": "r1",
        "session_id": "s1",
        "name": "x",
        "value": "b'x'",
    }


def test_a_library_s_line_holds_what_is_bound(written: Written) -> None:
    log.configure("json")
    log.bind(task_id="t1")
    logging.getLogger("library").warning("%d lost", 2)
    record = json.loads(written())
    assert (record["event"], record["task_id"]) == ("2 lost", "t1")


def test_what_is_cleared_is_not_shown_any_more(written: Written) -> None:
    log.configure("json")
    log.bind(task_id="t1")
    log.clear()
    log.get("test").error("failed")
    assert "task_id" not in json.loads(written())


def test_a_console_line_names_level_event_logger_and_fields(written: Written) -> None:
    log.configure("console")
    log.get("test").error("failed", path="/tmp/a b", count=2)
    assert re.fullmatch(r"20\S+Z \[error    \] failed \[test\] path=/tmp/a b count=2\n", written())


def test_a_line_break_in_a_field_begins_no_line(written: Written) -> None:
    log.configure("console")
    log.get("test").error("failed", name="a\n2026-11-28T09:00:00Z [info     ] all is well")
    assert len(written().splitlines()) == 1


def test_what_is_below_the_level_is_not_written(written: Written) -> None:
    log.configure("console", "WARNING")
    log.get("test").info("flags read")
    assert written() == ""
