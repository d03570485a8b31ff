"""What other programs are told about the statements themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from corpus import Statement
from qa.assistant import Assistant
from qa.web.paragraphs import paragraphs


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement without its text.

    Attributes:
        id: Slug, the name of the statement in quotes, receipts and filters.
        title: Title on one line.
        language: BCP 47 tag of the text.
        speakers: States or bodies that speak.
        date: Day of publication, or None where unknown.
        url: Where the source was published, or None.
        licence: Licence of the text, or None where unknown.
        sha256: Hex SHA-256 of the UTF-8 text.
    """

    id: str
    title: str
    language: str
    speakers: tuple[str, ...]
    date: dt.date | None
    url: str | None
    licence: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paragraph stands: `text[start:stop]`, in code points.

    Attributes:
        number: From 1 in the body; 0 is the title block.
        start: Offset of its first character.
        stop: Offset after its last.
    """

    number: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Source(Entry):
    """A statement with its text.

    Attributes:
        text: Exactly the characters of the source.
        paragraphs: Where its paragraphs stand, in order.
    """

    text: str
    paragraphs: tuple[Place, ...]


def entry(statement: Statement) -> Entry:
    """What a list of statements shows of one."""
    return Entry(
        id=statement.id,
        title=statement.title,
        language=statement.language,
        speakers=statement.speakers,
        date=statement.date,
        url=statement.url,
        licence=statement.licence,
        sha256=statement.sha256,
    )


def source(statement: Statement) -> Source:
    """A whole statement, with what is needed to find a quote in it and to check its receipt."""
    return Source(
        id=statement.id,
        title=statement.title,
        language=statement.language,
        speakers=statement.speakers,
        date=statement.date,
        url=statement.url,
        licence=statement.licence,
        sha256=statement.sha256,
        text=statement.text,
        paragraphs=tuple(Place(p.number, p.start, p.stop) for p in paragraphs(statement)),
    )


def statements_of(assistant: Assistant) -> tuple[Statement, ...]:
    """All statements of an assistant's library, sorted by id."""
    library = assistant.library
    statements = library.values() if isinstance(library, Mapping) else library
    return tuple(sorted(statements, key=lambda statement: statement.id))
