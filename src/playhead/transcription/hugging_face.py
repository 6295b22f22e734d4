"""Finds and downloads models of the Hugging Face hub."""

import re
from collections.abc import Mapping
from pathlib import Path

from playhead.transcription.engines.port import ModelError

SIZES = {
    "tiny.en": "Systran/faster-whisper-tiny.en",
    "tiny": "Systran/faster-whisper-tiny",
    "base.en": "Systran/faster-whisper-base.en",
    "base": "Systran/faster-whisper-base",
    "small.en": "Systran/faster-whisper-small.en",
    "small": "Systran/faster-whisper-small",
    "medium.en": "Systran/faster-whisper-medium.en",
    "medium": "Systran/faster-whisper-medium",
    "large-v1": "Systran/faster-whisper-large-v1",
    "large-v2": "Systran/faster-whisper-large-v2",
    "large-v3": "Systran/faster-whisper-large-v3",
    "large": "Systran/faster-whisper-large-v3",
    "distil-large-v2": "Systran/faster-distil-whisper-large-v2",
    "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
    "distil-small.en": "Systran/faster-distil-whisper-small.en",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
"""A copy of the names in `faster_whisper.utils`, whose import takes a second. A test compares them."""
NAME = re.compile(r"\w([\w.-]*\w)?/\w([\w.-]*\w)?", re.ASCII)
"""owner/name, as the hub allows it."""


def repository(model: str) -> str:
    """The owner/name of a model, given that or one of `SIZES`.

    Raises:
        ModelError: it is neither; the sentence lists what it may be.
    """
    found = SIZES.get(model) or (model if NAME.fullmatch(model) else None)
    if found is None:
        others = "owner/name on the Hugging Face hub, or a folder"
        raise ModelError(f"There is no model {model!r}: MODEL may be {', '.join(SIZES)}, {others}.")
    return found


def copy(repository: str, models: Path) -> Path:
    """The folder of the newest version that the hub's client downloaded; it may be missing or incomplete."""
    kept = models / f"models--{repository.replace('/', '--')}"
    try:
        commit = (kept / "refs" / "main").read_text()
    except OSError:
        commit = "none"
    return kept / "snapshots" / commit


def is_offline(environ: Mapping[str, str]) -> bool:
    """Whether HF_HUB_OFFLINE, the variable of the hub's client, forbids the network."""
    return environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def download(repository: str, models: Path) -> Path:
    """Downloads what is missing of a model's newest version, and returns its folder.

    Raises:
        ModelError: there is no such model, or the hub cannot be reached.
    """
    import httpx
    from faster_whisper.utils import download_model  # heavy, and only needed here

    try:
        return Path(download_model(repository, cache_dir=str(models)))
    except (OSError, ValueError, httpx.HTTPError) as error:
        raise ModelError(
            f"The model {repository} is not on this machine and cannot be downloaded ({type(error).__name__}): "
            "check its name and the network, or set MODEL to a folder."
        ) from error
