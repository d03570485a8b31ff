"""Quotes as the documents that retrieval frameworks pass around: an id, the exact text, metadata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qa.answer import Answer, Quote


@dataclass(frozen=True, slots=True)
class Document:
    """A quote on its way into another framework.

    Attributes:
        id: Statement and place; the same quote always has the same id.
        text: The exact characters of the source.
        score: Rank score; comparable within one answer only.
        metadata: JSON: every other field of the quote, and `source` (where it was published, or else the id
            of the statement), `start_index` (the same as `start`), `verdict` and `confidence` of the answer.
    """

    id: str
    text: str
    score: float
    metadata: dict[str, Any]


def documents(answer: Answer, *, nearest: bool) -> Sequence[Document]:
    """The quotes of an answer, best first.

    Args:
        answer: Of an assistant.
        nearest: Where nothing answers, give what came closest; otherwise nothing is given then.
    """
    quotes = answer.quotes if answer.quotes or not nearest else answer.nearest
    return [_document(quote, answer) for quote in quotes]


def _document(quote: Quote, answer: Answer) -> Document:
    from pydantic import TypeAdapter

    fields: dict[str, Any] = TypeAdapter(Quote).dump_python(quote, mode="json", exclude={"text"})
    added = {
        "source": quote.url or quote.statement,
        "start_index": quote.start,
        "verdict": answer.verdict,
        "confidence": answer.confidence,
    }
    return Document(f"{quote.statement}:{quote.start}-{quote.stop}", quote.text, quote.score, fields | added)
