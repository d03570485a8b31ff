"""A library: a folder of statements, each an `ID.txt` beside its `ID.toml`."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corpus.filters import Filters, select
from corpus.metadata import format_metadata, parse_metadata
from corpus.statement import CorpusError, Statement

if TYPE_CHECKING:
    from filelock import BaseFileLock

_REMOVED = ".removed"
_SHIPPED = Path(__file__).parent / "statements"


@dataclass(frozen=True, slots=True)
class _Read:
    """A statement as it was when its two files had this signature."""

    signature: tuple[int, ...]
    statement: Statement
    sha256: str


class Library:
    """A folder of statements, sorted by id.

    Reads go to the folder, so that what another process adds is seen; a file that has not changed is
    not read again. Writes are atomic and under a lock. A statement exists once its `.toml` does: that
    file is written last and removed first, so a crash leaves no half of one.

    Args:
        folder: Folder of `ID.txt` and `ID.toml` pairs; made by the first `add`.
        read_only: Refuse to add and remove.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self.read_only = read_only
        self._known: dict[str, _Read] = {}

    @classmethod
    def shipped(cls) -> Library:
        """The statements that come with the package, read-only."""
        return cls(_SHIPPED, read_only=True)

    @classmethod
    def open(cls, folder: Path | None = None) -> Library:
        """Open a library, making it with the shipped statements in it where there is none yet.

        Args:
            folder: Where; None is `$STATEMENT_QA_LIBRARY`, or else the user's data folder. A missing or
                empty folder is filled with the shipped statements.

        Raises:
            CorpusError: The path is not a folder, or it cannot be made.
        """
        folder = folder or _default_folder()
        try:
            if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
                _seed(folder)
        except OSError as error:
            msg = f"cannot make the library folder {folder}: {error.strerror or error}"
            raise CorpusError(msg) from error
        if not folder.is_dir():
            msg = f"the library {folder} is not a folder"
            raise CorpusError(msg)
        return cls(folder)

    def __iter__(self) -> Iterator[Statement]:
        """Statements in the order of their ids."""
        return (entry.statement for entry in self._entries())

    def __len__(self) -> int:
        return len(self._ids())

    def __contains__(self, statement_id: object) -> bool:
        return isinstance(statement_id, str) and statement_id in self._ids()

    def __getitem__(self, statement_id: str) -> Statement:
        """The statement of this id.

        Raises:
            KeyError: There is none.
            CorpusError: Its files are damaged.
        """
        if statement_id not in self:
            raise KeyError(statement_id)
        return self._read(statement_id).statement

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 over the ids, texts and metadata of all statements."""
        digest = hashlib.sha256()
        for entry in self._entries():
            digest.update(
                f"{entry.statement.id}\0{entry.sha256}\0{format_metadata(entry.statement)}\0".encode()
            )
        return digest.hexdigest()

    def select(self, filters: Filters) -> tuple[Statement, ...]:
        """The statements that pass all filters.

        Raises:
            CorpusError: A filter names a statement or speaker this library does not hold.
        """
        return select(self, filters)

    def add(
        self, statement: Statement, *, replace: bool = False
    ) -> Literal["added", "already there", "replaced"]:
        """Write a statement into the folder.

        Args:
            statement: What to add.
            replace: Put it in the place of one with the same id and another text or other metadata.

        Returns:
            `already there` where the library holds the same text, under whatever id.

        Raises:
            CorpusError: The id is taken by another text and `replace` is off, or the folder is read-only.
        """
        with self._writing():
            old = self._read(statement.id) if statement.id in self else None
            sha256 = statement.sha256
            if old is not None and old.statement == statement:
                return "already there"
            if not replace:
                if any(entry.sha256 == sha256 for entry in self._entries()):
                    return "already there"
                if old is not None:
                    msg = (
                        f"statement {statement.id!r} is already in {self.folder} with another text "
                        f"({len(old.statement.text)} characters there, {len(statement.text)} here): "
                        "replace it on purpose (--replace), or give this one another id"
                    )
                    raise CorpusError(msg)
            if old is not None:
                self._move(statement.id, self.folder, self.folder / _REMOVED)
            _write(self.folder / f"{statement.id}.txt", statement.text)
            _write(self.folder / f"{statement.id}.toml", format_metadata(statement))
            return "added" if old is None else "replaced"

    def remove(self, statement_id: str) -> None:
        """Take a statement out; `restore` brings it back.

        Raises:
            KeyError: There is none of this id.
            CorpusError: The folder is read-only.
        """
        with self._writing():
            if statement_id not in self:
                raise KeyError(statement_id)
            self._move(statement_id, self.folder, self.folder / _REMOVED)

    def restore(self, statement_id: str) -> None:
        """Bring back the last removed or replaced text of this id.

        Raises:
            KeyError: None of this id was removed.
            CorpusError: One of this id is there, or the folder is read-only.
        """
        with self._writing():
            if statement_id in self:
                msg = (
                    f"statement {statement_id!r} is in {self.folder}: remove it before restoring an older one"
                )
                raise CorpusError(msg)
            if not (self.folder / _REMOVED / f"{statement_id}.toml").is_file():
                raise KeyError(statement_id)
            self._move(statement_id, self.folder / _REMOVED, self.folder)

    def _ids(self) -> Collection[str]:
        try:
            names = {file.name for file in self.folder.iterdir()}
        except FileNotFoundError:
            return set()
        return {name[:-5] for name in names if name.endswith(".toml") and f"{name[:-5]}.txt" in names}

    def _entries(self) -> Iterator[_Read]:
        for statement_id in sorted(self._ids()):
            yield self._read(statement_id)

    def _read(self, statement_id: str) -> _Read:
        text_file, facts_file = (self.folder / f"{statement_id}{end}" for end in (".txt", ".toml"))
        try:
            signature = _signature(text_file) + _signature(facts_file)
            known = self._known.get(statement_id)
            if known is not None and known.signature == signature:
                return known
            text = text_file.read_bytes().decode("utf-8")
            facts = parse_metadata(facts_file.read_text(encoding="utf-8"), str(facts_file))
        except (OSError, UnicodeDecodeError) as error:
            msg = f"cannot read statement {statement_id!r} in {self.folder}: {error}"
            raise CorpusError(msg) from error
        if facts.title is None or facts.language is None:
            msg = f"{facts_file} lacks {'title' if facts.title is None else 'language'}: a library needs both"
            raise CorpusError(msg)
        statement = Statement(
            id=statement_id, title=facts.title, text=text, language=facts.language, speakers=facts.speakers,
            date=facts.date, url=facts.url, licence=facts.licence,
        )  # fmt: skip
        self._known[statement_id] = _Read(signature, statement, statement.sha256)
        return self._known[statement_id]

    def _writing(self) -> BaseFileLock:
        from filelock import FileLock

        if self.read_only:
            msg = f"the library {self.folder} is read-only: use another folder (--library DIR)"
            raise CorpusError(msg)
        try:
            (self.folder / _REMOVED).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"cannot write to the library {self.folder}: {error.strerror or error}"
            raise CorpusError(msg) from error
        return FileLock(self.folder / ".lock")

    @staticmethod
    def _move(statement_id: str, source: Path, target: Path) -> None:
        ends = (".txt", ".toml") if source.name == _REMOVED else (".toml", ".txt")
        for end in ends:
            (source / f"{statement_id}{end}").replace(target / f"{statement_id}{end}")


def _default_folder() -> Path:
    from platformdirs import user_data_path

    named = os.environ.get("STATEMENT_QA_LIBRARY")
    return Path(named) if named else user_data_path("statement-qa", appauthor=False) / "library"


def _seed(folder: Path) -> None:
    """Fill a new folder in one step, so that two first uses at once do no harm."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for file in sorted(_SHIPPED.iterdir()):
            shutil.copyfile(file, staging / file.name)
        staging.chmod(0o755)
        staging.rename(folder)
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        if not folder.is_dir():
            raise


def _write(target: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "wb", dir=target.parent, prefix=".", suffix=".tmp", delete=False
    ) as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(target)


def _signature(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return (status.st_mtime_ns, status.st_size, status.st_ino)
