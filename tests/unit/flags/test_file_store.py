import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from playhead.flags.engine import MalformedFlags
from playhead.flags.export import read
from playhead.flags.file_store import FileStore
from playhead.flags.store import Refusal
from tests.support.flags_data import FlagsData
from tests.support.waiting import until

from .conftest import OpenFile

STREAM = "sse.status-stream"
SOMEBODY = 54_321
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


@pytest.fixture
def owned_by_another(flags_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As far as `stat` says: only root could make it so."""
    true = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = true(path, follow_symlinks=follow_symlinks)
        return os.stat_result((*found[:4], SOMEBODY, SOMEBODY, *found[6:])) if path == flags_file else found

    monkeypatch.setattr(Path, "stat", stat)
    return flags_file


def test_a_file_stays_its_owner_s(owned_by_another: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _path, user, group: given.append((user, group)))
    FileStore(owned_by_another).turn(STREAM, on=False)
    assert given == [(SOMEBODY, SOMEBODY)]


def test_a_file_is_not_taken_away_from_its_owner(owned_by_another: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def may_not(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "chown", may_not)
    owned_by_another.chmod(0o600)
    before = owned_by_another.read_bytes()
    with pytest.raises(Refusal, match="belongs to another user or group"):
        FileStore(owned_by_another).turn(STREAM, on=False)
    assert owned_by_another.read_bytes() == before
    assert list(owned_by_another.parent.iterdir()) == [owned_by_another]

    owned_by_another.chmod(0o644)  # read by everybody, so also by its owner
    FileStore(owned_by_another).turn(STREAM, on=False)
    assert not read(owned_by_another.read_bytes()).is_on(STREAM)


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
