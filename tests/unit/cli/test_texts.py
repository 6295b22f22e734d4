"""Where the texts of several recordings go."""

from pathlib import Path

import pytest

from playhead.cli.recordings import Recording
from playhead.cli.texts import Printed, Written


def recordings(*paths: str) -> list[Recording]:
    return [Recording(label=path, name=Path(path).name, path=Path(path)) for path in paths]


def test_texts_are_printed_in_order_each_with_its_heading() -> None:
    printed: list[str] = []
    texts = Printed(recordings("a.mp3", "b.mp3", "c.mp3"), printed.append, headed=True)
    texts.take(2, "C")
    assert printed == []
    texts.take(0, "A")
    texts.take(1, None)
    assert printed == ["==> a.mp3 <==\nA", "\n==> c.mp3 <==\nC"]


def test_one_text_has_no_heading() -> None:
    printed: list[str] = []
    Printed(recordings("a.mp3"), printed.append, headed=False).take(0, "A")
    assert printed == ["A"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("talk.mp3", "talk.srt"),
        ("Meeting 2026.11.28", "Meeting 2026.11.28.srt"),
        ("Meeting 2026.11.28.m4a", "Meeting 2026.11.28.srt"),
        ("👨\u200d👩\u200d👧 می\u200cخواهم.mp3", "👨\u200d👩\u200d👧 می\u200cخواهم.srt"),
    ],
)
def test_file_is_named_after_its_recording(tmp_path: Path, name: str, written: str) -> None:
    Written(recordings(f"memos/{name}"), "srt", tmp_path).take(0, "1\n…")
    assert [path.name for path in tmp_path.iterdir()] == [written]
    assert (tmp_path / written).read_text(encoding="utf-8") == "1\n…\n"


def test_recordings_of_one_stem_have_files_of_their_own(tmp_path: Path) -> None:
    texts = Written(recordings("a/talk.mp3", "a/Talk.wav", "b/talk.mp3", "c/talk.mp3"), "txt", tmp_path)
    for number in range(4):
        texts.take(number, str(number))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "talk.txt": "0\n",
        "Talk.wav.txt": "1\n",
        "talk.mp3.txt": "2\n",
        "talk.mp3 (2).txt": "3\n",
    }


def test_folders_are_kept_in_the_output(tmp_path: Path) -> None:
    one = Recording(label="memos/sub/a.mp3", name="a.mp3", path=Path("memos/sub/a.mp3"), folder=Path("sub"))
    Written([one], "txt", tmp_path).take(0, "A")
    assert (tmp_path / "sub/a.txt").read_text() == "A\n"


def test_text_that_is_there_is_left_unless_it_is_to_be_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    both = recordings(f"{tmp_path}/a.mp3", f"{tmp_path}/b.mp3")
    texts = Written(both, "txt", None)
    assert [texts.present(0), texts.present(1)] == [tmp_path / "a.txt", None]
    texts = Written(both, "txt", None, overwrite=True)
    assert texts.present(0) is None
    texts.take(0, "theirs")
    assert (tmp_path / "a.txt").read_text() == "theirs\n"


def test_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match="directory"):
        Written(recordings("a.mp3"), "txt", tmp_path, overwrite=True).take(0, "A")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
