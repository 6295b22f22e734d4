"""A logged failure has its traceback, without the values of variables."""

import json
import logging
from collections.abc import Iterator

import httpx
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


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_ticket_in_a_url_is_not_logged(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(log_format)
    target = "/api/v1/status/stream?patches=1&ticket=s3-cr_t&last_event_id=5"
    logging.getLogger("library").warning("GET %s", target)
    log.get("test").info("a request", target=target)
    try:
        raise ZeroDivisionError(target)
    except ZeroDivisionError:
        log.get("test").exception("it failed")
    written = capsys.readouterr().err
    assert "s3-cr_t" not in written
    assert written.count("ticket=***") >= 3
    assert "last_event_id=5" in written


@pytest.mark.parametrize("text", ['ticket=a"b', "ticket=a\\nb", "ticket=a\nb", 'ticket=a","level":"b'])
def test_line_with_a_ticket_is_json_whatever_follows_it(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("json")
    log.get("test").info("a request", target=text)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["target"] == text.replace("=a", "=***")


def test_url_of_a_request_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("json", "DEBUG")
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.post("https://chat.example.org/secret")
    assert "secret" not in capsys.readouterr().err
