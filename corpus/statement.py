"""The records of the corpus: a statement, and the passages it is cut into."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass

_HALF = re.compile("[\ud800-\udfff]")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


class CorpusError(ValueError):
    """Text, metadata or a file that cannot be taken; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One published text, exactly as it was read.

    Attributes:
        id: Slug of lower-case ASCII letters, digits and hyphens, at most 100 characters.
        title: Title on one line, for display.
        text: The characters of the source; never normalised, so that offsets into it stay true.
        language: BCP 47 tag of the text, such as `ru`.
        speakers: States or bodies that speak.
        date: Day of publication, or None where no source proves it.
        url: Where the source was published, or None.
        licence: Licence of the text, or None where unknown.

    Raises:
        CorpusError: The id is not a slug, or the text is blank or could not be written as UTF-8.
    """

    id: str
    title: str
    text: str
    language: str
    speakers: tuple[str, ...] = ()
    date: dt.date | None = None
    url: str | None = None
    licence: str | None = None

    def __post_init__(self) -> None:
        """Refuse an id that could leave its folder and a text with nothing to quote."""
        if not _ID.fullmatch(self.id):
            msg = f"statement id {self.id!r} is not a slug: use 1 to 100 of a-z, 0-9 and -"
            raise CorpusError(msg)
        if not self.text.strip():
            msg = f"statement {self.id!r} is empty: there is nothing to quote"
            raise CorpusError(msg)
        if _HALF.search(self.text):
            msg = f"statement {self.id!r} holds half a character (a lone surrogate): save it again as UTF-8"
            raise CorpusError(msg)

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the UTF-8 text."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded, searched and quoted: a paragraph, or a part of one too long for the encoder.

    Attributes:
        statement_id: Id of the statement it belongs to.
        number: Number of its paragraph, from 1 in the body; 0 is the title block.
        start: Offset of its first character in the statement's text, in code points.
        stop: Offset after its last character.
        text: `statement.text[start:stop]`, character for character.
        language: BCP 47 tag, the statement's.
    """

    statement_id: str
    number: int
    start: int
    stop: int
    text: str
    language: str
