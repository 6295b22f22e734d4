from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog

from playhead.config import Settings
from playhead.flags.answers.gate import Gate
from playhead.flags.answers.source import Timings
from playhead.flags.connect import open_gate
from tests.support.flag_server import TOKEN, FlagServer, Manners
from tests.support.flags_data import FlagsData

OpenFile = Callable[[Path], Gate]
OpenServer = Callable[..., Gate]
Serve = Callable[..., FlagServer]


@pytest.fixture(autouse=True)
def loopback_past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


HASTY = Timings(refresh_s=0.1, reread_s=0.05)
"""What is tested is that polls bring something, not how long the pauses are."""


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What is logged, as `event: why`."""
    lines: list[str] = []

    def keep(_logger: object, _method: str, event: MutableMapping[str, Any]) -> NoReturn:
        lines.append(f"{event['event']}: {event.get('why', '')}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep])
    yield lines
    structlog.configure(**before)


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
