"""A library: a folder of statements, each an `ID.txt` beside its `ID.toml`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.filters import Filters, select
from corpus.formats import FORMATS
from corpus.metadata import Metadata, format_metadata, parse_metadata
from corpus.statement import CorpusError, Statement
from corpus.writing import flush_folder, write_files

_REMOVED = ".removed"
_SHIPPED = Path(__file__).parent / "statements"
_PATIENCE = 60  # Seconds to wait for another writer; one add takes a fraction of one.


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
            CorpusError: The path is not a folder, it cannot be made, or it holds texts that were never added.
        """
        folder = folder or _default_folder()
        library = cls(folder)
        names: set[str] = set()
        try:
            if folder.exists():
                if not folder.is_dir():
                    msg = f"the library {folder} is not a folder"
                    raise CorpusError(msg)
                names = {file.name for file in folder.iterdir() if file.suffix != ".tmp"}
            if names < {file.name for file in _SHIPPED.iterdir()}:
                _seed(folder)
        except OSError as error:
            msg = f"cannot make the library folder {folder}: {error.strerror or error}"
            raise CorpusError(msg) from error
        raw = sorted(name for name in names if Path(name).suffix.lower() in FORMATS)
        if raw and _REMOVED not in names and not library._ids():
            msg = (
                f"{folder} holds files such as {raw[0]} but is no library: add them to one with "
                f"`statement-qa add {folder}` and leave this folder out"
            )
            raise CorpusError(msg)
        return library

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
            replace: Put it in the place of one with the same id and another text or other metadata. The old
                one stays readable to the end, and `restore` has a copy. The text is put in place before its
                metadata: should a reader come, or the machine stop, between the two renames, new words carry
                the old date and speaker until the add is repeated. The other order would show words that
                were withdrawn as the newest, and a new statement before its text.

        Returns:
            `already there` where the library holds the same text under another id (`id_of` tells it), with
            `replace` too, or the same text under this one and nothing more is known of it now.

        Raises:
            CorpusError: The id is taken by another text or other metadata and `replace` is off, what is
                known would not read back from TOML as it is, or the folder is read-only, cannot be
                written, or is held by another writer for more than 60 seconds.
        """
        metadata = format_metadata(statement)
        source = f"the metadata of statement {statement.id!r}"
        facts = parse_metadata(metadata, source)
        if _statement(statement.id, statement.text, facts, source) != statement:
            msg = f"{source} would not read back as it is: leave out what is blank, give speakers as a tuple"
            raise CorpusError(msg)
        with self._writing():
            old = self._read(statement.id) if statement.id in self else None
            same_text = old is not None and old.sha256 == statement.sha256
            if old is not None and old.statement == statement:
                return "already there"
            if not same_text and self.id_of(statement) is not None:
                return "already there"
            if old is not None and not replace:
                known = parse_metadata(format_metadata(old.statement), source)
                if same_text and facts.over(known) == known:
                    return "already there"
                other = (
                    f"another text ({len(old.statement.text)} characters there, {len(statement.text)} here)"
                )
                if same_text:
                    other = "the same text and other metadata"
                msg = (
                    f"statement {statement.id!r} is already in {self.folder} with {other}: "
                    "replace it on purpose (--replace), or leave it as it is"
                )
                raise CorpusError(msg)
            text_file, facts_file = self._files(statement.id)
            if old is not None:
                write_files(
                    self.folder / _REMOVED, {file.name: file.read_bytes() for file in (text_file, facts_file)}
                )
            write_files(
                self.folder, {text_file.name: statement.text.encode(), facts_file.name: metadata.encode()}
            )
            return "added" if old is None else "replaced"

    def id_of(self, statement: Statement) -> str | None:
        """The id under which the library holds the text of a statement, or None."""
        sha256 = statement.sha256
        held = [entry.statement.id for entry in self._entries() if entry.sha256 == sha256]
        return statement.id if statement.id in held else next(iter(held), None)

    def remove(self, statement_id: str) -> None:
        """Take a statement out; `restore` brings it back.

        Raises:
            KeyError: There is none of this id.
            CorpusError: The folder is read-only, cannot be written, or is held by another writer.
        """
        with self._writing():
            if statement_id not in self:
                raise KeyError(statement_id)
            self._move(statement_id, self.folder, self.folder / _REMOVED)

    def restore(self, statement_id: str) -> None:
        """Bring back the last removed or replaced text of this id.

        Raises:
            KeyError: None of this id was removed.
            CorpusError: One of this id is there, or the folder cannot be written, as for `remove`.
        """
        with self._writing():
            if statement_id in self:
                msg = (
                    f"statement {statement_id!r} is in {self.folder}: remove it before restoring an older one"
                )
                raise CorpusError(msg)
            if statement_id not in _pairs(self.folder / _REMOVED):  # Never a path made of what was asked.
                raise KeyError(statement_id)
            self._move(statement_id, self.folder / _REMOVED, self.folder)

    def _ids(self) -> Collection[str]:
        return _pairs(self.folder)

    def _files(self, statement_id: str) -> tuple[Path, Path]:
        return self.folder / f"{statement_id}.txt", self.folder / f"{statement_id}.toml"

    def _entries(self) -> Iterator[_Read]:
        for statement_id in sorted(self._ids()):
            yield self._read(statement_id)

    def _read(self, statement_id: str) -> _Read:
        text_file, facts_file = self._files(statement_id)
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
        statement = _statement(statement_id, text, facts, str(facts_file))
        self._known[statement_id] = _Read(signature, statement, statement.sha256)
        return self._known[statement_id]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        if self.read_only:
            msg = f"the library {self.folder} is read-only: use another folder (--library DIR)"
            raise CorpusError(msg)
        try:
            (self.folder / _REMOVED).mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock", timeout=_PATIENCE):
                yield
        except Timeout as error:
            msg = (
                f"another program has been writing to the library {self.folder} for {_PATIENCE} seconds: "
                "try again when it is done"
            )
            raise CorpusError(msg) from error
        except OSError as error:
            msg = f"cannot write to the library {self.folder}: {error.strerror or error}"
            raise CorpusError(msg) from error

    @staticmethod
    def _move(statement_id: str, source: Path, target: Path) -> None:
        ends = (".txt", ".toml") if source.name == _REMOVED else (".toml", ".txt")
        for end in ends:
            (source / f"{statement_id}{end}").replace(target / f"{statement_id}{end}")
        flush_folder(target)
        flush_folder(source)


def _default_folder() -> Path:
    from platformdirs import user_data_path

    named = os.environ.get("STATEMENT_QA_LIBRARY")
    return Path(named) if named else user_data_path("statement-qa", appauthor=False) / "library"


def _seed(folder: Path) -> None:
    """Fill a folder, which may be a mount that nothing can be renamed over.

    An unfinished one is filled again by the next `open`, so two first uses at once do no harm.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shipped = sorted(_SHIPPED.iterdir(), key=lambda file: file.suffix == ".toml")
    write_files(folder, {file.name: file.read_bytes() for file in shipped})


def _pairs(folder: Path) -> set[str]:
    """Ids of the statements that have both their files in a folder."""
    try:
        names = {file.name for file in folder.iterdir()}
    except FileNotFoundError:
        return set()
    return {name[:-5] for name in names if name.endswith(".toml") and f"{name[:-5]}.txt" in names}


def _statement(statement_id: str, text: str, facts: Metadata, source: str) -> Statement:
    if facts.title is None or facts.language is None:
        msg = f"{source} lacks {'title' if facts.title is None else 'language'}: a library needs both"
        raise CorpusError(msg)
    return Statement(
        id=statement_id, title=facts.title, text=text, language=facts.language, speakers=facts.speakers,
        date=facts.date, url=facts.url, licence=facts.licence,
    )  # fmt: skip


def _signature(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return (status.st_mtime_ns, status.st_size, status.st_ino)
