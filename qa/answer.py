"""The records of an answer. Field names are the names in its JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["answered", "not_found"]
Strength = Literal["strong", "fair", "weak"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What anyone needs to check a quote later against the source, without this program.

    Attributes:
        statement: Id of the statement.
        source_sha256: Hex SHA-256 of the statement's whole text in UTF-8.
        quote_sha256: Hex SHA-256 of the quote in UTF-8.
        start: Offset of the quote in the text, in code points.
        stop: Offset after the quote, in code points.
        start_byte: Offset of the quote in the UTF-8 bytes of the text.
        stop_byte: Offset after the quote, in UTF-8 bytes.
    """

    statement: str
    source_sha256: str
    quote_sha256: str
    start: int
    stop: int
    start_byte: int
    stop_byte: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage in an answer: `library[quote.statement].text[quote.start:quote.stop] == quote.text`.

    Attributes:
        statement: Id of the statement.
        title: Its title.
        speakers: Who speaks.
        date: Day of publication, or None where unknown.
        language: BCP 47 tag of the quote.
        url: Where the source was published, or None.
        paragraph: Number of the paragraph, from 1 in the body; 0 is the title block.
        start: Offset in the statement's text, in code points.
        stop: Offset after the quote.
        text: The exact characters.
        highlights: The sentences that match best, as spans inside `text`.
        words: The matched words, as spans inside `text`.
        matched: Word of the question -> the words of the quote it met, both as written.
        score: Rank score of this question's candidates; comparable within one answer only.
        strength: The same in words, comparable between answers.
        citation: Speakers, title, date and paragraph in one line.
        receipt: Proof of the quote.
    """

    statement: str
    title: str
    speakers: tuple[str, ...]
    date: dt.date | None
    language: str
    url: str | None
    paragraph: int
    start: int
    stop: int
    text: str
    highlights: tuple[Span, ...]
    words: tuple[Span, ...]
    matched: Mapping[str, tuple[str, ...]]
    score: float
    strength: Strength
    citation: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Answer:
    """What the statements say to a question, or that they do not say it.

    Attributes:
        question: As asked.
        language: BCP 47 tag of the question, detected where not given.
        verdict: `answered`, or `not_found` where the evidence is too weak.
        confidence: Calibrated probability, 0 to 1, that one of the best passages answers; the same for any k.
        quotes: Best first, never overlapping; empty when not found.
        nearest: What came closest, when not found.
        searched_passages: How many passages were searched, after filters.
        searched_statements: In how many statements.
    """

    question: str
    language: str
    verdict: Verdict
    confidence: float
    quotes: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    searched_passages: int
    searched_statements: int
