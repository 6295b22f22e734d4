import threading
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.errors import ConfigError
from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.connect import open_gate
from playhead.flags.file.location import default_file
from tests.support.flags_data import FlagsData
from tests.support.waiting import until

from .conftest import OpenFile


def test_a_change_of_the_file_is_seen_and_told_on_another_thread(flags_file: Path, open_file: OpenFile) -> None:
    gate = open_file(flags_file)
    told: list[tuple[str, StreamAnswer]] = []
    gate.on_change(lambda: told.append((threading.current_thread().name, gate.streams_allowed("user-1", False))))
    FlagsData().turn("sse.allowed", on=False).save(flags_file)
    until(lambda: told)
    assert told == [("flags-file", StreamAnswer.KILL_SWITCH)]
    FlagsData().save(flags_file)
    until(lambda: len(told) == 2)
    assert told[1] == ("flags-file", StreamAnswer.FLAG_ON)


def test_a_listener_can_leave_and_one_that_fails_harms_nobody(flags_file: Path, open_file: OpenFile) -> None:
    gate = open_file(flags_file)
    gone: list[bool] = []
    told: list[bool] = []

    def fail() -> None:
        raise RuntimeError("the loop is closed")

    leave = gate.on_change(lambda: gone.append(True))
    gate.on_change(fail)
    gate.on_change(lambda: told.append(True))
    leave()
    FlagsData().turn("sse.allowed", on=False).save(flags_file)
    until(lambda: told)
    FlagsData().save(flags_file)
    until(lambda: len(told) == 2)
    assert not gone


@pytest.mark.parametrize("ruin", ["", "{", '{"features": []}', "\xff"])
def test_a_broken_file_keeps_the_last_good_flags_and_is_said_once(
    ruin: str, flags_file: Path, open_file: OpenFile, logged: list[str]
) -> None:
    gate = open_file(FlagsData().roll_out("sse.status-stream", 0).save(flags_file))
    flags_file.write_text(ruin, encoding="latin-1")
    until(lambda: "broken" in logged[-1])
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_OFF
    FlagsData().save(flags_file)
    until(lambda: gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_ON)
    assert sum("broken" in line for line in logged) == 1


def test_a_vanished_file_keeps_the_last_good_flags(flags_file: Path, open_file: OpenFile, logged: list[str]) -> None:
    gate = open_file(flags_file)
    flags_file.unlink()
    until(lambda: "No such file" in logged[-1])
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_ON
    FlagsData().turn("sse.allowed", on=False).save(flags_file)
    until(lambda: gate.streams_allowed("user-1", False) is StreamAnswer.KILL_SWITCH)


def test_flags_that_an_older_file_lacks_are_named(flags_file: Path, open_file: OpenFile, logged: list[str]) -> None:
    open_file(FlagsData().without("live-transcript").save(flags_file))
    assert logged[-1] == "the flags file lacks flags, which are off: live-transcript"


def test_the_delivered_file_is_copied_once_and_never_edited(tmp_path: Path) -> None:
    delivered = default_file().read_bytes()
    settings = Settings(data_dir=str(tmp_path / "data"))
    open_gate(settings).close()
    own = tmp_path / "data" / "flags.json"
    assert own.read_bytes() == delivered
    FlagsData().turn("sse.allowed", on=False).save(own)
    gate = open_gate(settings)
    gate.close()
    assert gate.streams_allowed("user-1", False) is StreamAnswer.KILL_SWITCH
    assert default_file().read_bytes() == delivered
    assert [path.name for path in own.parent.iterdir()] == ["flags.json"]


def test_a_flags_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="FLAGS_FILE"):
        open_gate(Settings(data_dir=str(tmp_path), flags_file=str(tmp_path / "nowhere.json")))


def test_a_data_folder_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(ConfigError, match="data folder"):
        open_gate(Settings(data_dir=str(tmp_path / "data")))


def test_close_leaves_no_thread_and_keeps_the_answers(flags_file: Path, open_file: OpenFile) -> None:
    before = threading.enumerate()
    gate = open_file(flags_file)
    assert len(threading.enumerate()) == len(before) + 1
    gate.close()
    assert threading.enumerate() == before
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_ON
