"""Files that are whole or not there, and last."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files beside their places, then rename all of them into place, with nothing done in between.

    Args:
        folder: An existing folder.
        files: Names and contents, in the order in which they appear.

    Raises:
        OSError: A file cannot be written; nothing temporary stays behind.
    """
    ready = {folder / f".{name}-{secrets.token_hex(4)}.tmp": folder / name for name in files}
    try:
        for temporary, data in zip(ready, files.values(), strict=True):
            with temporary.open("xb") as file:  # The mode is what the umask leaves of 0666.
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for temporary, target in ready.items():
            temporary.replace(target)
    finally:
        for temporary in ready:
            temporary.unlink(missing_ok=True)
    flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """Make renames in a folder last; Windows has no such call and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
