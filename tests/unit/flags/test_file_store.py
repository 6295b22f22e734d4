from pathlib import Path

import pytest

from playhead.flags.engine import MalformedFlags
from playhead.flags.export import read
from playhead.flags.file_store import FileStore
from playhead.flags.store import Refusal

from .conftest import OpenFile, Until
from .flags_data import FlagsData

STREAM = "sse.status-stream"


def test_a_running_process_sees_what_is_written(flags_file: Path, open_file: OpenFile, until: Until) -> None:
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
