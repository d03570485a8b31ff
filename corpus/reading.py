"""Files and folders to statements: which files, under which ids, with what metadata."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from corpus.formats import FORMATS, Content, extract
from corpus.language import detect_language
from corpus.metadata import Metadata, parse_metadata
from corpus.splitting import title_of
from corpus.statement import CorpusError, Statement

MAX_BYTES = 20_000_000
_LONGEST_ID = 80


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading many files.

    Attributes:
        statements: Those that could be read, each with an id of its own.
        refused: One error for each that could not, with its path in the message.
    """

    statements: tuple[Statement, ...]
    refused: tuple[CorpusError, ...]


def read_statement(path: Path, *, metadata: Metadata | None = None, max_bytes: int = MAX_BYTES) -> Statement:
    """Read one file.

    What is known comes, in this order, from `metadata`, from a TOML file beside it (`FILE.txt.toml` or
    `FILE.toml`), from the file itself, and from its text: the title block, the language detected.

    Args:
        path: A .txt, .md, .html, .pdf or .docx file.
        metadata: What is known already.
        max_bytes: Largest file.

    Returns:
        The statement; its id is made from the file's name.

    Raises:
        CorpusError: The file or its TOML cannot be taken; the message names the path and the remedy.
    """
    data = _bytes(path, max_bytes)
    beside = _sidecar(path)
    known = metadata or Metadata()
    if beside is not None:
        known = known.over(parse_metadata(_utf8(beside, _bytes(beside, max_bytes)), str(beside)))
    return read_text(str(path), data, metadata=known, max_bytes=max_bytes)


def read_text(
    name: str, data: bytes, *, metadata: Metadata | None = None, max_bytes: int = MAX_BYTES
) -> Statement:
    """Read the bytes of one file, such as an upload.

    Args:
        name: Name or path of the file: its ending tells the format, its stem the id.
        data: The file's bytes.
        metadata: What is known already.
        max_bytes: Largest file.

    Raises:
        CorpusError: The bytes cannot be taken; the message begins with the name.
    """
    path = PurePath(name)
    ending = path.suffix.lower()
    if ending not in FORMATS:
        msg = f"{name} is of an unknown format: give a {', '.join(FORMATS)} file"
        raise CorpusError(msg)
    if len(data) > max_bytes:
        raise _too_large(name, len(data), max_bytes)
    if not data.strip():
        msg = f"{name} is empty: there is nothing to quote"
        raise CorpusError(msg)
    try:
        content = extract(ending, data, max_bytes)
        return _statement(path.stem, content, metadata or Metadata())
    except CorpusError as error:
        msg = f"{name} {error}"
        raise CorpusError(msg) from error


def read_statements(
    paths: Sequence[Path],
    *,
    metadata: Metadata | None = None,
    max_bytes: int = MAX_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> Read:
    """Read files, and all files of folders and of the folders in them.

    Hidden files are passed over. Two files that would get the same id get ids that end in -2, -3, ….

    Args:
        paths: Files and folders.
        metadata: What is known of all of them.
        max_bytes: Largest file.
        progress: Called with the number of files done and of all files, after each.

    Returns:
        The statements, and the files refused.
    """
    files, refused = _find(paths)
    statements: list[Statement] = []
    taken: set[str] = set()
    for done, file in enumerate(files, start=1):
        try:
            statement = read_statement(file, metadata=metadata, max_bytes=max_bytes)
        except CorpusError as error:
            refused.append(error)
        else:
            statement = replace(statement, id=_free(statement.id, taken))
            taken.add(statement.id)
            statements.append(statement)
        if progress is not None:
            progress(done, len(files))
    return Read(tuple(statements), tuple(refused))


def make_id(name: str) -> str:
    """Make a statement id from a title or a file name in any script; `statement` where nothing is left."""
    from anyascii import anyascii

    latin = anyascii(unicodedata.normalize("NFC", name)).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", latin.replace("'", "")).strip("-")
    return slug[:_LONGEST_ID].rstrip("-") or "statement"


def _free(wanted: str, taken: set[str]) -> str:
    number = 1
    free = wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free


def _statement(stem: str, content: Content, known: Metadata) -> Statement:
    facts = known.over(content.metadata)
    language = known.language or _believed(content.metadata.language, detect_language(content.text))
    return Statement(
        id=make_id(stem),
        title=facts.title or title_of(content.text, language) or make_id(stem),
        text=content.text,
        language=language,
        speakers=facts.speakers,
        date=facts.date,
        url=facts.url,
        licence=facts.licence,
    )


def _believed(stated: str | None, detected: str) -> str:
    """The language a file states, unless its text is in another: templates often state a wrong one."""
    if stated is None:
        return detected
    return stated if detected in {"und", stated.split("-")[0].lower()} else detected


def _find(paths: Sequence[Path]) -> tuple[list[Path], list[CorpusError]]:
    files: list[Path] = []
    refused: list[CorpusError] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = list(_walk(path))
        if not inside:
            refused.append(CorpusError(f"{path} is a folder without files"))
        root = path.resolve()
        for file in inside:
            if file.resolve().is_relative_to(root):
                files.append(file)
            else:
                refused.append(
                    CorpusError(f"{file} is a link that leads out of {path}: give the file itself")
                )
    return files, refused


def _walk(folder: Path) -> Iterator[Path]:
    """Visible files in a fixed order, links to folders not followed, sidecars left to their files."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        beside = {sidecar.name for name in names if (sidecar := _sidecar(Path(here, name))) is not None}
        yield from (Path(here, name) for name in sorted(names) if name[0] != "." and name not in beside)


def _sidecar(path: Path) -> Path | None:
    if path.suffix.lower() not in FORMATS:
        return None
    candidates = (path.with_name(f"{path.name}.toml"), path.with_suffix(".toml"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _bytes(path: Path, max_bytes: int) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            msg = f"{path} is a folder, not a file"
            raise CorpusError(msg)
        if not stat.S_ISREG(status.st_mode):
            msg = f"{path} is a device or a pipe, not a file"
            raise CorpusError(msg)
        if status.st_size > max_bytes:
            raise _too_large(str(path), status.st_size, max_bytes)
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise CorpusError(msg) from error
    except ValueError as error:  # A name with a zero byte in it.
        if isinstance(error, CorpusError):
            raise
        msg = f"{str(path)!r} cannot be a path: {error}"
        raise CorpusError(msg) from error


def _too_large(name: str, size: int, max_bytes: int) -> CorpusError:
    return CorpusError(
        f"{name} has {size:,} bytes, more than the {max_bytes:,} allowed: split it, or raise max_bytes"
    )


def _utf8(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8, which TOML must be: save it again as UTF-8"
        raise CorpusError(msg) from error
