"""Which recordings a command line names."""

import io
import os
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from playhead.cli.recordings import Recording, find

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
TS = (b"G" + bytes(187)) * 6


@pytest.fixture
def memos(tmp_path: Path) -> Path:
    folder = tmp_path / "memos"
    (folder / "sub").mkdir(parents=True)
    (folder / ".trash").mkdir()
    for name in ("b.mp3", "a.WAV", "notes.txt", "cover.jpg", ".c.mp3", "sub/d.m4a", ".trash/e.mp3", "no_ending"):
        (folder / name).write_bytes(WAV)
    return folder


def found(*paths: Path, recursive: bool = False, stdin: IO[bytes] | None = None) -> tuple[list[Recording], list[str]]:
    sentences: list[str] = []
    with ExitStack() as opened:
        return find(paths, sentences.append, opened, recursive=recursive, stdin=stdin), sentences


def names(*paths: Path, recursive: bool = False) -> list[str]:
    recordings, sentences = found(*paths, recursive=recursive)
    assert sentences == []
    return [recording.name for recording in recordings]


def test_folder_gives_its_recordings_by_name_without_hidden_ones(memos: Path) -> None:
    assert names(memos) == ["a.WAV", "b.mp3"]


def test_folders_in_it_are_read_if_asked_for(memos: Path) -> None:
    assert names(memos, recursive=True) == ["a.WAV", "b.mp3", "d.m4a"]
    assert [str(one.folder) for one in found(memos, recursive=True)[0]] == [".", ".", "sub"]


def test_file_that_is_named_is_taken_whatever_it_is(memos: Path) -> None:
    assert names(memos / "notes.txt", memos / ".c.mp3") == ["notes.txt", ".c.mp3"]


def test_sources_with_the_ending_of_a_recording_are_left_out(memos: Path) -> None:
    for name, content in (("app.ts", b"export {}\n"), ("tv.ts", TS), ("board.dts", b"/dts-v1/;\n")):
        (memos / name).write_bytes(content)
    assert names(memos) == ["a.WAV", "b.mp3", "tv.ts"]


def test_what_is_not_there_is_reported_and_stops_no_other(memos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    recordings, sentences = found(memos / "x.mp3", tmp_path / "empty", memos / "b.mp3")
    assert [one.name for one in recordings] == ["b.mp3"]
    assert sentences == [
        f"{memos}/x.mp3: There is no such file.",
        f"{tmp_path}/empty: There are no recordings in this folder.",
    ]


def test_name_that_is_no_text_is_shown_and_the_file_is_opened(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b.mp3"))
    try:
        path.write_bytes(WAV)
    except OSError:
        pytest.skip("this file system has names in UTF-8 alone")
    (recording,), _ = found(path)
    assert recording.name == "\ufffd\x1b.mp3"
    assert recording.label.endswith("/\ufffd .mp3")
    with recording.open() as file:
        assert file.read() == WAV


@pytest.mark.parametrize(("content", "name"), [(WAV, "recording.wav"), (b"OggS" + bytes(100_000), "recording.ogg")])
def test_standard_input_is_named_by_its_content(content: bytes, name: str) -> None:
    with ExitStack() as opened:
        (recording,) = find([Path("-")], pytest.fail, opened, stdin=io.BytesIO(content))
        assert recording.name == name
        for _ in range(2):
            with recording.open() as file:
                assert file.read() == content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "Nothing came by standard input."), (b"hello", "What came by standard input is no recording that can")],
)
def test_standard_input_without_a_recording_is_reported(content: bytes, sentence: str) -> None:
    recordings, sentences = found(Path("-"), stdin=io.BytesIO(content))
    assert recordings == []
    assert [one.startswith(sentence) for one in sentences] == [True]


def test_terminal_is_no_recording() -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    assert found(Path("-"), stdin=Terminal(WAV))[1] == [
        "Standard input is a terminal: let a program write a recording to it."
    ]
