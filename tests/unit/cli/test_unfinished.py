"""Notes of unfinished uploads: for their owner alone, whole or not at all, and not for ever."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playhead.cli.unfinished import KEPT_S, MOST, Unfinished, path_of


def path_of_note(path: Path, server: str = "http://here/", credential: str = "Bearer ph_1", language: str = "") -> Path:
    found = path_of(path, path.stat(), server, credential, {"language": language} if language else {})
    assert found is not None
    return found


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF")
    return path


@pytest.fixture
def note(talk: Path) -> Path:
    return path_of_note(talk)


def test_note_is_taken_by_the_same_command_and_dropped_at_the_end(note: Path) -> None:
    first, second = Unfinished(note), Unfinished(note)
    assert (first.take(), first.is_kept) == (None, False)
    first.keep("17")
    assert (second.take(), second.is_kept) == ("17", True)
    assert (first.taken_over(), second.taken_over()) == ("17", None)
    first.drop()
    assert Unfinished(note).take() == "17", "an older process has no say in it"
    third = Unfinished(note)
    third.take()
    third.drop()
    assert list(note.parent.iterdir()) == []


@pytest.mark.parametrize(
    "other",
    [{"server": "http://there/"}, {"credential": "Bearer ph_2"}, {"language": "de"}],
    ids=lambda it: next(iter(it)),
)
def test_note_is_of_one_server_person_and_choice(talk: Path, other: dict[str, str]) -> None:
    assert path_of_note(talk, **other) != path_of_note(talk) == path_of_note(talk)


@pytest.mark.parametrize("change", ["size", "time", "path"])
def test_file_that_changed_has_another_note(talk: Path, change: str) -> None:
    before = path_of_note(talk)
    if change == "size":
        times = talk.stat()
        talk.write_bytes(b"RIFFRIFF")
        os.utime(talk, ns=(times.st_atime_ns, times.st_mtime_ns))
    elif change == "time":
        os.utime(talk, ns=(0, talk.stat().st_mtime_ns + 1))
    else:
        talk = talk.rename(talk.with_name("other.wav"))
    assert path_of_note(talk) != before


def test_note_has_no_secret_and_is_for_its_owner_alone(note: Path) -> None:
    Unfinished(note).keep("17")
    assert note.stat().st_mode & 0o777 == 0o600
    assert note.parent.stat().st_mode & 0o777 == 0o700
    assert "ph_1" not in note.read_text() + str(note)


@pytest.mark.parametrize("content", [b"", b"{", b'{"session": 17}', b"\xff"])
def test_damaged_note_is_none(note: Path, content: bytes) -> None:
    note.parent.mkdir(parents=True)
    note.write_bytes(content)
    assert Unfinished(note).take() is None


@pytest.mark.parametrize("state", ["", "relative", "/proc/nowhere"])
def test_upload_goes_on_without_a_place_for_its_note(talk: Path, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("HOME", "/proc")
    note = Unfinished(path_of_note(talk))
    note.keep("17")
    assert (note.is_kept, note.take(), note.taken_over()) == (False, None, None)
    note.drop()


def test_state_is_in_the_home_folder_where_nothing_else_is_set(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert path_of_note(talk).parent == Path("/home/ada/.local/state/playhead/uploads")


def test_old_notes_and_those_beyond_the_most_are_deleted(note: Path) -> None:
    note.parent.mkdir(parents=True)
    now = time.time()
    for number in range(MOST + 5):
        (note.parent / f"{number}").touch()
        os.utime(note.parent / f"{number}", (0, now - 60 - number))
    os.utime(note.parent / "0", (0, now - KEPT_S - 60))
    Unfinished(note).keep("17")
    assert {path.name for path in note.parent.iterdir()} == {note.name, *map(str, range(1, MOST))}
    Unfinished(note).keep("17")
    os.utime(note.parent / "1", (0, now - KEPT_S - 60))
    Unfinished(note).keep("17")
    assert {path.name for path in note.parent.iterdir()} == {note.name, *map(str, range(2, MOST))}


def test_many_processes_leave_a_whole_note_of_each_upload(note: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from playhead.cli.unfinished import Unfinished\n"
        "for number in range(200):\n"
        "    Unfinished(Path(sys.argv[1])).keep('17')\n"
        "    assert Unfinished(Path(sys.argv[1])).take() == '17'\n"
        "    own = Unfinished(Path(sys.argv[1] + sys.argv[2]))\n"
        "    own.keep(str(number))\n"
        "    assert own.take() == str(number)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(note), str(one)]) for one in range(4)]
    assert [one.wait(60) for one in running] == [0] * 4
    assert sorted(path.name for path in note.parent.iterdir()) == [
        note.name,
        *(f"{note.name}{one}" for one in range(4)),
    ]
