from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from playhead.flags.administration.file_store import FileStore, Owners
from playhead.flags.administration.store import Refusal
from playhead.flags.answers.engine import MalformedFlags
from playhead.flags.file.export import read
from tests.support.flags_data import FlagsData
from tests.support.waiting import until

from .conftest import OpenFile

STREAM = "sse.status-stream"
SOMEBODY = 54_321, 54_321
"""A user, and a group."""


def test_a_running_process_sees_what_is_written(flags_file: Path, open_file: OpenFile) -> None:
    gate = open_file(flags_file)
    FileStore(flags_file).turn("sse.allowed", on=False)
    until(lambda: not gate.streams_allowed("user-1", False).allowed)
    FileStore(flags_file).turn("sse.allowed", on=True)
    until(lambda: gate.streams_allowed("user-1", False).allowed)
    FileStore(flags_file).roll_out(STREAM, 0)
    until(lambda: not gate.streams_allowed("user-1", False).allowed)


def test_only_what_was_asked_for_changes(flags_file: Path) -> None:
    FileStore(flags_file).roll_out(STREAM, 25)
    assert flags_file.read_bytes() == FlagsData().roll_out(STREAM, 25).normal()
    FileStore(flags_file).turn(STREAM, on=False)
    assert flags_file.read_bytes() == FlagsData().roll_out(STREAM, 25).turn(STREAM, on=False).normal()


def test_a_flag_without_a_switch_gets_one(tmp_path: Path) -> None:
    data = FlagsData()
    switches = data.export["featureEnvironments"]
    switches[:] = [one for one in switches if one["featureName"] != STREAM]
    path = data.save(tmp_path / "flags.json")
    FileStore(path).turn(STREAM, on=True)
    assert path.read_bytes() == FlagsData().normal()


def test_flags_are_brought_and_others_stay(tmp_path: Path) -> None:
    mine = FlagsData().roll_out(STREAM, 25).rename("sse.tuning", "my.own")
    for switch in mine.export["featureEnvironments"]:
        switch["environment"] = "here"
    path = mine.save(tmp_path / "flags.json")
    FileStore(path).bring(read(FlagsData().text().encode()))
    brought = read(path.read_bytes())
    assert brought.names == read(FlagsData().text().encode()).names | {"my.own"}
    assert brought.strategies(STREAM)[0].parameters["rollout"] == "100"
    assert brought.tags("my.own")["owner"] == ["delivery"]
    assert {one.environment for one in brought.feature_environments} == {"here"}


def test_a_link_stays_a_link_and_rights_stay_as_they_are(tmp_path: Path) -> None:
    path = FlagsData().save(tmp_path / "flags.json")
    path.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    FileStore(link).roll_out(STREAM, 25)
    assert link.is_symlink()
    assert path.read_bytes() == FlagsData().roll_out(STREAM, 25).normal()
    assert path.stat().st_mode & 0o777 == 0o640
    assert {one.name for one in tmp_path.iterdir()} == {"flags.json", "link.json"}


def test_changes_at_the_same_moment_are_all_made(flags_file: Path) -> None:
    names = sorted(read(flags_file.read_bytes()).names)
    together = Barrier(len(names))

    def turn(name: str, on: bool) -> None:
        together.wait()
        FileStore(flags_file).turn(name, on)

    with ThreadPoolExecutor(len(names)) as people:
        for on in [False, True] * 5:
            list(people.map(turn, names, [on] * len(names)))
            now = read(flags_file.read_bytes())
            assert {name for name in names if now.is_on(name) is on} == set(names)


class Somebodys(Owners):
    """One file is somebody's, which only root could make so; other files may be given away, or not."""

    def __init__(self, path: Path, *, is_root: bool) -> None:
        self._path = path
        self._is_root = is_root
        self.given: list[tuple[int, int]] = []

    def of(self, path: Path) -> tuple[int, int]:
        return SOMEBODY if path == self._path else super().of(path)

    def give(self, path: Path, owner: tuple[int, int]) -> None:
        if not self._is_root:
            raise PermissionError
        self.given.append(owner)


def test_a_file_stays_its_owner_s(flags_file: Path) -> None:
    owners = Somebodys(flags_file, is_root=True)
    FileStore(flags_file, owners).turn(STREAM, on=False)
    assert owners.given == [SOMEBODY]


def test_a_file_is_not_taken_away_from_its_owner(flags_file: Path) -> None:
    store = FileStore(flags_file, Somebodys(flags_file, is_root=False))
    flags_file.chmod(0o600)
    before = flags_file.read_bytes()
    with pytest.raises(Refusal, match="belongs to another user or group"):
        store.turn(STREAM, on=False)
    assert flags_file.read_bytes() == before
    assert list(flags_file.parent.iterdir()) == [flags_file]

    flags_file.chmod(0o644)  # read by everybody, so also by its owner
    store.turn(STREAM, on=False)
    assert not read(flags_file.read_bytes()).is_on(STREAM)


def test_an_owner_is_asked_of_the_system_and_may_be_given_its_own_file(flags_file: Path) -> None:
    found = flags_file.stat()
    assert Owners().of(flags_file) == (found.st_uid, found.st_gid)
    Owners().give(flags_file, (found.st_uid, found.st_gid))


def test_what_no_source_would_take_is_not_written(flags_file: Path) -> None:
    before = flags_file.read_bytes()
    wrong = FlagsData().strategy(STREAM, variants=[{"name": "a", "weight": 2**40}])
    with pytest.raises(MalformedFlags):
        FileStore(flags_file).bring(read(wrong.text().encode()))
    assert flags_file.read_bytes() == before


def test_a_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read: No such file"):
        FileStore(tmp_path / "nowhere.json").read()
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="cannot be written"):
        FileStore(tmp_path / "file" / "flags.json").write(read(FlagsData().text().encode()))
    (tmp_path / "folder").mkdir()
    with pytest.raises(Refusal, match="cannot be written"):
        FileStore(tmp_path / "folder").write(read(FlagsData().text().encode()))
    assert {one.name for one in tmp_path.iterdir()} == {"file", "folder"}
