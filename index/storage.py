"""Generations of files on disk: written whole or not at all, verified when read.

A folder holds immutable generations, each named after its content, and `CURRENT`, which names one of them:

    FOLDER/CURRENT                        text: the name of the generation in force
    FOLDER/3f2a…/manifest.json            format, facts, and the SHA-256 and size of every other file
    FOLDER/3f2a…/…                        the files

A new generation is written in a staging folder, file by file with fsync, the manifest last; the folder is
renamed to its name and `CURRENT` replaced in one step. A crash at any point leaves the old generation in
force. Writers take turns under a file lock; readers take none. The generation before the current one stays,
for readers that are just opening it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

FORMAT = 1

_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"
_STAGING = "staging"
_LOCK_SECONDS = 60
REMEDY = "delete the folder, and build the index again"


class StorageError(Exception):
    """An index on disk that cannot be used; the message says where, why, and what to do."""


class NoIndexError(StorageError, FileNotFoundError):
    """There is no index in the folder."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One verified generation.

    Attributes:
        folder: Where its files are.
        facts: What the writer said about it.
    """

    folder: Path
    facts: Mapping[str, Any]

    def array(self, name: str) -> npt.NDArray[Any]:
        """A memory-mapped, read-only array."""
        array: npt.NDArray[Any] = np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return array

    def data(self, name: str) -> bytes:
        """A file's bytes."""
        return (self.folder / name).read_bytes()


def write(
    folder: Path, arrays: Mapping[str, npt.NDArray[Any]], files: Mapping[str, bytes], facts: Mapping[str, Any]
) -> Path:
    """Write a generation and make it the current one.

    Args:
        folder: The folder of all generations; made where it is missing.
        arrays: Name -> array, saved as `NAME.npy`.
        files: Name -> bytes.
        facts: Whatever JSON can say about it; part of the manifest.

    Returns:
        The generation's own folder.

    Raises:
        StorageError: Another process keeps writing, or the disk refuses.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=_LOCK_SECONDS):
            try:
                before = _current(folder)
            except StorageError:  # damaged: about to be replaced
                before = None
            staging = folder / _STAGING
            shutil.rmtree(staging, ignore_errors=True)  # of a writer that crashed
            staging.mkdir()
            name = _fill(staging, arrays, files, facts)
            if not _is_whole(folder / name):
                shutil.rmtree(folder / name, ignore_errors=True)
                staging.rename(folder / name)
            _write(folder / f"{_CURRENT}.new", f"{name}\n".encode())
            (folder / f"{_CURRENT}.new").replace(folder / _CURRENT)
            _flush_folder(folder)
            _clean(folder, {name, before})
            return folder / name
    except Timeout as error:
        msg = f"another process has been writing to {folder} for {_LOCK_SECONDS} seconds: try again later"
        raise StorageError(msg) from error
    except OSError as error:
        msg = f"cannot write the index to {folder}: {error}"
        raise StorageError(msg) from error


def read(folder: Path) -> Generation:
    """Open and verify the current generation.

    Raises:
        NoIndexError: There is none.
        StorageError: It is damaged, or of a newer format.
    """
    name = _current(folder)
    if name is None:
        msg = f"there is no index in {folder}: build one and save it there"
        raise NoIndexError(msg)
    try:
        return _verified(folder / name)
    except FileNotFoundError as error:
        if _current(folder) != name:  # a writer was faster
            return read(folder)
        raise StorageError(_damage(folder / name, f"{error.filename} is missing")) from error


def _fill(
    staging: Path,
    arrays: Mapping[str, npt.NDArray[Any]],
    files: Mapping[str, bytes],
    facts: Mapping[str, Any],
) -> str:
    """Write all files and the manifest; returns the generation's name, from the hash of the manifest."""
    for name, array in arrays.items():
        with (staging / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            _flush(file)
    for name, data in files.items():
        _write(staging / name, data)
    listed = {
        path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(staging.iterdir())
    }
    manifest = {"format": FORMAT, "facts": facts, "files": listed}
    data = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    _write(staging / _MANIFEST, data)
    _flush_folder(staging)
    return _name(data)


def _verified(generation: Path) -> Generation:
    """Check a generation against its manifest, and the manifest against the generation's name."""
    data = (generation / _MANIFEST).read_bytes()
    try:
        manifest = json.loads(data)
        written, listed, facts = manifest["format"], manifest["files"], manifest["facts"]
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(_damage(generation, f"{_MANIFEST} cannot be read")) from error
    if written != FORMAT:
        msg = (
            f"the index in {generation} has format {written}, this program reads {FORMAT}: "
            f"{'upgrade the program' if written > FORMAT else REMEDY}"
        )
        raise StorageError(msg)
    if _name(data) != generation.name:
        raise StorageError(_damage(generation, f"{_MANIFEST} was changed"))
    with ThreadPoolExecutor(4) as pool:  # hashing releases the interpreter
        hashes = pool.map(_sha256, [generation / name for name in listed])
        for (name, expected), found in zip(listed.items(), hashes, strict=True):
            if found != expected["sha256"]:
                raise StorageError(_damage(generation, f"{name} is not what was written"))
    return Generation(generation, facts)


def _current(folder: Path) -> str | None:
    """Name of the generation in force; None where there is none."""
    try:
        name = (folder / _CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(_damage(folder, f"{_CURRENT} cannot be read")) from error
    if not re.fullmatch(r"[0-9a-f]{16}", name):
        raise StorageError(_damage(folder, f"{_CURRENT} names no generation"))
    return name


def _is_whole(generation: Path) -> bool:
    """Whether the same content is there already, unharmed."""
    try:
        _verified(generation)
    except (StorageError, OSError):
        return False
    return True


def _clean(folder: Path, kept: Collection[str | None]) -> None:
    """Remove other generations and what crashes left; what a reader on Windows holds open stays."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        _flush(file)


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make renames in a folder last; Windows has no such call and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:16]


def _damage(place: Path, what: str) -> str:
    return f"the index in {place} is damaged ({what}): {REMEDY}"
