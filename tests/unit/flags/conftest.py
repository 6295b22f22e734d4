import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from playhead import log
from playhead.config import Settings
from playhead.flags.connect import open_gate
from playhead.flags.gate import Gate
from playhead.flags.source import Timings
from tests.support.flags_data import FlagsData

from .flag_server import TOKEN, FlagServer, Manners

OpenFile = Callable[[Path], Gate]
OpenServer = Callable[..., Gate]
Serve = Callable[..., FlagServer]


@pytest.fixture(autouse=True)
def loopback_past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


HASTY = Timings(refresh_s=0.1, reread_s=0.05)
"""What is tested is that polls bring something, not how long the pauses are."""


class Kept(logging.Handler):
    """Keeps what is logged, as `event: why`."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()}: {getattr(record, log.FIELDS).get('why', '')}")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What this room logs."""
    caplog.set_level(logging.INFO, logger="playhead.flags")
    kept = Kept()
    logger = logging.getLogger("playhead.flags")
    logger.addHandler(kept)
    yield kept.lines
    logger.removeHandler(kept)


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """What a test opened is closed at its end, the last one first."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def flags_file(tmp_path: Path) -> Path:
    return FlagsData().save(tmp_path / "flags.json")


@pytest.fixture
def open_file(tmp_path: Path, closing: ExitStack) -> OpenFile:
    """A gate over this file."""

    def open_it(path: Path) -> Gate:
        gate = open_gate(Settings(data_dir=str(tmp_path / "data"), flags_file=str(path)), HASTY)
        closing.callback(gate.close)
        return gate

    return open_it


@pytest.fixture
def open_server(tmp_path: Path, closing: ExitStack) -> OpenServer:
    """A gate over the server at this address."""

    def open_it(url: str, *, token: str = TOKEN, timings: Timings = HASTY) -> Gate:
        settings = Settings(data_dir=str(tmp_path / "data"), unleash_url=url, unleash_api_token=token)
        gate = open_gate(settings, timings)
        closing.callback(gate.close)
        return gate

    return open_it


@pytest.fixture
def serve(closing: ExitStack) -> Serve:
    """A running flag server."""

    def serve_it(data: FlagsData, *, manners: Manners = Manners.GOOD, port: int = 0) -> FlagServer:
        server = FlagServer(data.document(), manners=manners, port=port)
        closing.callback(server.close)
        return server

    return serve_it
