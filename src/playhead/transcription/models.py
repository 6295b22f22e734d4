"""Finds the folder of the model that MODEL names.

MODEL is `base` or `tiny.en`, which come in Python packages, another name on the Hugging Face hub, or a folder.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from playhead.transcription import hugging_face, packaged
from playhead.transcription.engines.port import ModelError
from playhead.transcription.packaged import BASE_HINT, PACKAGED, Paths

NEEDED = ("model.bin", "config.json")
"""Checked here, because CTranslate2's own error for a missing file does not name it."""


def locate(model: str, data_dir: Path, paths: Paths = None) -> Path:
    """Returns the folder of a model; first unpacks or downloads it into `data_dir/models` if it is not there.

    Safe in many processes at once.

    Args:
        model: the value of MODEL.
        paths: folders with Python packages; None for `sys.path`.

    Raises:
        ModelError: the model cannot be had; its sentence says what to do.
    """
    models = data_dir / "models"
    if model in PACKAGED:
        return packaged.unpack(PACKAGED[model], models / model, paths)
    if folder := _folder(model):
        return _complete(folder)
    repository = hugging_face.repository(model)
    return _copy(repository, models) or _complete(hugging_face.download(repository, models))


def check(model: str, data_dir: Path, paths: Paths = None, environ: Mapping[str, str] = os.environ) -> str:
    """Returns a sentence on what the first session will download; "" if the model is on this machine.

    Takes a millisecond: reads no weights, imports no engine and uses no network.

    Raises:
        ModelError: the model cannot be had, so every session would fail.
    """
    models = data_dir / "models"
    if model in PACKAGED:
        packaged.check(PACKAGED[model], models / model, paths)
    elif folder := _folder(model):
        _complete(folder)
    elif not _copy(repository := hugging_face.repository(model), models):
        missing = f"The model {model} (huggingface.co/{repository}) is not on this machine"
        if hugging_face.is_offline(environ):
            raise ModelError(f"{missing}, and HF_HUB_OFFLINE forbids its download; {BASE_HINT}.")
        return f"{missing}: the first session downloads it, and fails if the hub cannot be reached; {BASE_HINT}."
    return ""


def _folder(model: str) -> Path | None:
    """The folder that `model` names; None if it is a name."""
    folder = Path(model).expanduser()
    return folder if folder.is_absolute() or model.startswith(("./", "../")) or folder.is_dir() else None


def _complete(folder: Path) -> Path:
    if not folder.is_dir():
        raise ModelError(f"The model folder {folder} does not exist.")
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"The model folder {folder} holds no {missing[0]}: it must be a CTranslate2 model.")
    return folder


def _copy(repository: str, models: Path) -> Path | None:
    """The copy of a repository on this machine; None if it is missing or incomplete."""
    copy = hugging_face.copy(repository, models)
    return copy if all((copy / name).is_file() for name in NEEDED) else None
