"""Recordings without a session are deleted once they are old."""

import os
from datetime import timedelta
from pathlib import Path

from playhead.db import Database
from playhead.ids import new_id
from playhead.metrics.metrics import Metrics
from playhead.storage import PART_BYTES, Storage
from playhead.storage.parts import path_of
from playhead.uploads.orphans import OLD, collect, key_of
from tests.contract.databases.sessions import Queue


async def test_old_recordings_without_a_session_are_deleted(queue: Queue, database_url: str, tmp_path: Path) -> None:
    folder, web, used, metrics = tmp_path / "storage", Database(database_url), new_id(), Metrics()
    (folder / key_of("")).mkdir(parents=True)
    queue(id=used, audio_key=key_of(used))
    for name in (used, "left-by-a-crash", "half#1", "still-coming", "coming#1"):
        (folder / key_of(name)).write_bytes(b"fLaC")
    (folder / "not-ours").write_bytes(b"fLaC")

    def files() -> list[Path]:
        return [path for path in folder.rglob("*") if path.is_file()]

    for path in files():
        if "coming" not in path.name:
            os.utime(path, (0, 0))
    storage = Storage.from_url(folder.as_uri())
    assert await collect(web, storage, metrics) == 2
    assert {path.name for path in files()} == {used, "still-coming", "coming#1", "not-ours"}
    assert await collect(web, storage, metrics, -OLD) == 2
    assert await collect(web, storage, metrics, timedelta()) == 0
    assert {path.name for path in files()} == {used, "not-ours"}
    assert metrics.read() == {"swept": {"orphan": 4.0}}
    await web.close()


async def test_old_parts_are_deleted_with_their_recording(queue: Queue, database_url: str, tmp_path: Path) -> None:
    folder, web, used = tmp_path / "storage", Database(database_url), new_id()
    queue(id=used, audio_key=f"{key_of(used)}/")
    for name in (used, "left-by-a-crash"):
        (folder / key_of(name)).mkdir(parents=True)
        for part in range(3):
            (folder / path_of(f"{key_of(name)}/", part * PART_BYTES)).write_bytes(b"fLaC")
    assert await collect(web, Storage.from_url(folder.as_uri()), Metrics(), -OLD) == 1
    assert {path.parent.name for path in folder.rglob("0*") if path.is_file()} == {used}
    await web.close()
