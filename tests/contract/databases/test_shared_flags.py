"""Flags in a shared database: a change reaches all machines, and a deploy does not undo it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from quart import Quart

from playhead.config import load
from playhead.db import SyncDatabase
from playhead.flags.administration.database_store import DatabaseStore
from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.connect import open_gate
from playhead.flags.file import documents
from playhead.flags.file.export import read
from playhead.flags.file.location import default_file
from playhead.web import Parts
from playhead.worker_context import open_worker_context
from tests.contract.databases.app import web_app
from tests.contract.databases.flags_command import Flags, flags_on
from tests.support.fakes import ScriptedEngine
from tests.support.flags_data import FlagsData
from tests.support.waiting import async_until, until

ALLOWED, STREAM = "sse.allowed", "sse.status-stream"
WRITERS = 4


@pytest.fixture
def shared_url(database: SyncDatabase, postgresql_url: str) -> str:
    """PostgreSQL without flags; SQLite is not shared, so there flags are in a file."""
    return postgresql_url


@pytest.fixture
def flags(postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flags:
    return flags_on(postgresql_url, str(tmp_path / "operator"), monkeypatch)


on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def answer(app: Quart) -> StreamAnswer:
    parts: Parts = app.extensions["playhead"]
    return parts.gate.streams_allowed("ada", False)


@on_postgresql
async def test_switch_reaches_all_machines_and_outlives_a_deploy(shared_url: str, tmp_path: Path, flags: Flags) -> None:
    async with web_app(tmp_path / "one", shared_url) as one, web_app(tmp_path / "two", shared_url) as two:
        assert (answer(one), answer(two)) == (StreamAnswer.FLAG_ON, StreamAnswer.FLAG_ON)
        done = flags("set", ALLOWED, "off")
        assert done.stdout == f"{ALLOWED}: on → off\n"
        assert done.stderr.startswith("In the database ")
        for app in (one, two):
            await async_until(lambda app=app: answer(app) is StreamAnswer.KILL_SWITCH)  # type: ignore[misc]
        report = one.extensions["playhead"].gate.report("one")
        assert (report.source, report.flags[ALLOWED], report.trouble) == ("database", "off", "")
    async with web_app(tmp_path / "three", shared_url) as deployed:
        assert answer(deployed) is StreamAnswer.KILL_SWITCH


@on_postgresql
async def test_file_of_the_data_folder_is_the_initial_content(shared_url: str, tmp_path: Path, flags: Flags) -> None:
    FlagsData().turn(STREAM, on=False).save(tmp_path / "flags.json")
    async with web_app(tmp_path, shared_url) as app:
        assert answer(app) is StreamAnswer.FLAG_OFF
        FlagsData().save(tmp_path / "flags.json")
    assert flags("set", STREAM, "on").stdout.startswith(f"{STREAM}: off → on\n")
    async with web_app(tmp_path, shared_url) as app:
        assert answer(app) is StreamAnswer.FLAG_ON


@on_postgresql
async def test_broken_initial_file_is_ignored(shared_url: str, tmp_path: Path) -> None:
    (tmp_path / "flags.json").write_text("{")
    async with web_app(tmp_path, shared_url) as app:
        assert answer(app) is StreamAnswer.FLAG_ON


@on_postgresql
def test_flags_file_applies_to_its_machine_only(shared_url: str, tmp_path: Path) -> None:
    path = FlagsData().turn(ALLOWED, on=False).save(tmp_path / "mine.json")
    settings = {"DATA_DIR": str(tmp_path), "DATABASE_URL": shared_url, "FLAGS_FILE": str(path)}
    with closing(open_gate(load(settings))) as gate:
        assert gate.kind == "file"
        assert gate.streams_allowed("ada", False) is StreamAnswer.KILL_SWITCH


@on_postgresql
def test_worker_reads_the_coalesce_time_from_shared_flags(shared_url: str, tmp_path: Path, flags: Flags) -> None:
    settings = load({"DATA_DIR": str(tmp_path), "DATABASE_URL": shared_url, "REDIS_URL": "redis://127.0.0.1:1/0"})
    with closing(open_gate(settings)) as gate:
        context = open_worker_context(settings, gate, make_engine=lambda _: ScriptedEngine([], duration_s=1))
        assert context.coalesce_s("ada") == 0.1
        flags("push", str(FlagsData().tune('{"coalesce_ms": 20}').save(tmp_path / "new.json")), "--yes")
        until(lambda: context.coalesce_s("ada") == 0.02)
        context.publisher.close()
        context.database.close()


def store(database: SyncDatabase) -> DatabaseStore:
    return DatabaseStore(database.run, default_file().read_text(), "here")


def test_changes_equal_those_in_a_file(database: SyncDatabase) -> None:
    flags = store(database)
    flags.turn(ALLOWED, on=False)
    flags.roll_out(STREAM, 25)
    assert flags.read() == read(FlagsData().turn(ALLOWED, on=False).roll_out(STREAM, 25).normal())
    flags.bring(read(FlagsData().text().encode()))
    assert flags.read() == read(default_file().read_bytes())


def test_emergency_switch_and_flags_are_independent(database: SyncDatabase) -> None:
    database.run(documents.switch_off, "ops", "")
    store(database).turn(ALLOWED, on=False)
    found = database.run(documents.shared)
    assert found.emergency
    assert found.flags
    database.run(documents.lift)
    assert database.run(documents.shared).flags == found.flags


@on_postgresql
def test_concurrent_changes_are_all_stored(database: SyncDatabase) -> None:
    changes: list[Callable[[], None]] = [
        lambda: store(database).turn(ALLOWED, on=False),
        lambda: store(database).roll_out(STREAM, 25),
        lambda: store(database).turn("live-transcript", on=False),
        lambda: store(database).turn("status-long-poll", on=False),
    ]
    with ThreadPoolExecutor(WRITERS) as pool:
        for made in [pool.submit(change) for change in changes]:
            made.result()
    wanted = FlagsData().turn(ALLOWED, on=False).roll_out(STREAM, 25).turn("live-transcript", on=False)
    assert store(database).read() == read(wanted.turn("status-long-poll", on=False).normal())
