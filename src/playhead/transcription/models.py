"""Where a model's files are: the name in MODEL becomes a folder on this machine.

A name is `base` or `tiny.en`, which come in Python packages; another name on the Hugging Face hub; or a folder.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from playhead.transcription import hugging_face, packaged
from playhead.transcription.engines.port import ModelError
from playhead.transcription.packaged import OTHERWISE, PACKAGED, Paths

NEEDED = ("model.bin", "config.json")
"""Without these CTranslate2 fails with a message that helps nobody."""


def locate(model: str, data_dir: Path, paths: Paths = None) -> Path:
    """The folder of a model, which is unpacked or downloaded into `data_dir/models` if need be.

    Safe in many processes at once.

    Args:
        paths: where Python packages are; None for `sys.path`.

    Raises:
        ModelError: with one sentence that says what is wrong and what to do.
    """
    models = data_dir / "models"
    if model in PACKAGED:
        return packaged.unpack(PACKAGED[model], models / model, paths)
    if folder := _folder(model):
        return _complete(folder)
    repository = hugging_face.repository(model)
    return _copy(repository, models) or _complete(hugging_face.download(repository, models))


def check(model: str, data_dir: Path, paths: Paths = None, environ: Mapping[str, str] = os.environ) -> str:
    """A sentence on what the first session has to download; "" if the model is on this machine.

    Takes a millisecond: no weights are read, no engine is imported, nobody is asked.

    Raises:
        ModelError: the model cannot be had, and every session would fail.
    """
    models = data_dir / "models"
    if model in PACKAGED:
        packaged.check(PACKAGED[model], models / model, paths)
    elif folder := _folder(model):
        _complete(folder)
    elif not _copy(repository := hugging_face.repository(model), models):
        missing = f"The model {model} (huggingface.co/{repository}) is not on this machine"
        if hugging_face.is_offline(environ):
            raise ModelError(f"{missing}, and HF_HUB_OFFLINE forbids its download; {OTHERWISE}.")
        return f"{missing}: the first session downloads it, and fails if the hub cannot be reached; {OTHERWISE}."
    return ""


def _folder(model: str) -> Path | None:
    """The folder that is meant, if one is."""
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
    """The copy of a repository on this machine, if it is there and a download has not left half of it."""
    copy = hugging_face.copy(repository, models)
    return copy if all((copy / name).is_file() for name in NEEDED) else None
