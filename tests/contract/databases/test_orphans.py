"""Recordings that no session knows are deleted, once they are old."""

import os
from datetime import timedelta
from pathlib import Path

from playhead.db import Database
from playhead.ids import new_id
from playhead.storage import Storage
from playhead.uploads.orphans import OLD, collect, key_of
from tests.contract.databases.sessions import Queue


async def test_recordings_of_no_session_go_when_they_are_old(queue: Queue, database_url: str, tmp_path: Path) -> None:
    folder, web, known = tmp_path / "storage", Database(database_url), new_id()
    (folder / key_of("")).mkdir(parents=True)
    queue(id=known, audio_key=key_of(known))
    for name in (known, "left-by-a-crash", "half#1", "still-coming", "coming#1"):
        (folder / key_of(name)).write_bytes(b"fLaC")
    (folder / "not-ours").write_bytes(b"fLaC")

    def files() -> list[Path]:
        return [path for path in folder.rglob("*") if path.is_file()]

    for path in files():
        if "coming" not in path.name:
            os.utime(path, (0, 0))
    storage = Storage.from_url(folder.as_uri())
    assert await collect(web, storage) == 2
    assert {path.name for path in files()} == {known, "still-coming", "coming#1", "not-ours"}
    assert await collect(web, storage, -OLD) == 2
    assert await collect(web, storage, timedelta()) == 0
    assert {path.name for path in files()} == {known, "not-ours"}
    await web.close()
