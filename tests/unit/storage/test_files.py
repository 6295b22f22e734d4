"""A file that is appended to, on a disk that fails when the bytes are to be safe."""

from pathlib import Path

import pytest

from playhead.storage import StorageGone
from playhead.storage.files import FileAppender


def broken(_: int) -> None:
    raise OSError(5, "Input/output error")


async def test_bytes_that_did_not_reach_the_disk_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "audio" / "0193"
    begun = FileAppender(path, 0)
    await begun.write(b"sound")
    await begun.close()
    appender = FileAppender(path, 5, broken)
    await appender.write(b"never safe")
    assert appender.stored == 15
    with pytest.raises(StorageGone):
        await appender.close()
    assert (appender.stored, path.read_bytes()) == (5, b"sound")


async def test_bytes_of_a_newer_writer_are_not_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "0193"
    older = FileAppender(path, 0, broken)
    await older.write(b"older ")
    newer = FileAppender(path, 6)
    await newer.write(b"newer")
    with pytest.raises(StorageGone):
        await older.close()
    await newer.close()
    assert path.read_bytes() == b"older newer"


async def test_appender_of_nothing_has_nothing_to_close(tmp_path: Path) -> None:
    appender = FileAppender(tmp_path / "0193", 0, broken)
    await appender.write(b"")
    await appender.close()
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - an empty folder
