"""A logged failure has its traceback, without the values of variables."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from playhead import log

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Restore the logging of the process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _sign_in(password: str) -> None:
    raise ZeroDivisionError(f"{len(password)} letters")


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("get", [structlog.stdlib.get_logger, logging.getLogger])
def test_traceback_shows_no_variables(log_format: str, get: object, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(log_format)
    assert callable(get)
    try:
        _sign_in(PASSWORD)
    except ZeroDivisionError:
        get("test").exception("sign-in failed")
    written = capsys.readouterr().err
    assert "ZeroDivisionError" in written
    assert "_sign_in" in written
    assert PASSWORD not in written


def test_json_line_contains_the_whole_failure(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("json")
    try:
        _sign_in(PASSWORD)
    except ZeroDivisionError:
        log.get("test").exception("sign-in failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["exception"][0]["exc_value"] == "21 letters"
