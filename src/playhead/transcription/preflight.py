"""Checks the settings of the speech engine before the start, without loading the engine."""

import subprocess
import sys

from playhead.config import Settings
from playhead.errors import ConfigError
from playhead.transcription import models

ALWAYS = {"auto", "default"}
"""Compute types that let CTranslate2 choose."""
ON_EVERY_CPU = ALWAYS | {"int8", "int8_float32", "float32"}
QUERY = "import ctranslate2, sys; print(*ctranslate2.get_supported_compute_types(sys.argv[1]))"


def check(settings: Settings) -> str:
    """Returns a sentence on what the first session will download; "" if all of it is on this machine.

    Raises:
        ConfigError: MODEL, MODELS, DEVICE or COMPUTE_TYPE cannot be used here, so every session would fail.
    """
    if settings.device != "cpu" or settings.compute_type not in ON_EVERY_CPU:
        _check_device(settings.device, settings.compute_type)
    checked = [models.check(model, settings.data) for model in settings.offered_models.values()]
    return " ".join(sentence for sentence in checked if sentence)


def _check_device(device: str, compute_type: str) -> None:
    """Queries CTranslate2 in another process: once a parent has used CUDA, its forks cannot."""
    command = [sys.executable, "-c", QUERY, device]
    query = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if query.returncode:
        reason = query.stderr.strip().rpartition("\n")[2].partition(": ")[2]
        raise ConfigError(
            f"DEVICE={device} cannot be used here ({reason}); it may be cpu, or auto: a GPU if there is one."
        )
    types = ALWAYS | set(query.stdout.split())
    if compute_type not in types:
        listed = ", ".join(sorted(types))
        raise ConfigError(f"COMPUTE_TYPE={compute_type} cannot be used here with DEVICE={device}: it may be {listed}.")
