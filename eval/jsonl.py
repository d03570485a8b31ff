"""JSON lines, read with their numbers so that an error can name one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


class DatasetError(ValueError):
    """Files that cannot be evaluated; the message says which file and line, why, and what to do."""


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a file of JSON objects, one a line; blank lines are passed over.

    Yields:
        The line's number, from 1, and its object.

    Raises:
        DatasetError: The file cannot be read, or a line is no JSON object.
    """
    try:
        # Not splitlines: it also cuts at separators that JSON leaves as they are.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read as UTF-8: {error}"
        raise DatasetError(msg) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            msg = f"{path}:{number}: not JSON: {error}"
            raise DatasetError(msg) from error
        if not isinstance(row, dict):
            msg = f"{path}:{number}: expected a JSON object"
            raise DatasetError(msg)
        yield number, row


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write objects as JSON lines, replacing the file and making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
