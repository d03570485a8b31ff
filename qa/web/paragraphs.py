"""The paragraphs of a statement as a reader sees them, and links that lead to one of them or to a quote."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from corpus import Statement, split
from qa.answer import Quote, Receipt

_WHOLE = 10**9


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: `statement.text[start:stop] == text`.

    Attributes:
        number: From 1 in the body; 0 is the title block.
        start: Offset in the statement, in code points.
        stop: Offset after it.
        text: Its characters.
    """

    number: int
    start: int
    stop: int
    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a quote: the rest of its paragraph and a paragraph to each side."""

    before: str
    after: str


@lru_cache(maxsize=256)
def paragraphs(statement: Statement) -> tuple[Paragraph, ...]:
    """All paragraphs of a statement, in order."""
    return tuple(Paragraph(p.number, p.start, p.stop, p.text) for p in split(statement, limit=_WHOLE))


def context(statement: Statement, quote: Quote) -> Context:
    """The surroundings of a quote that stands in `statement` where it says it does."""
    all_ = paragraphs(statement)
    place = max((i for i, p in enumerate(all_) if p.start <= quote.start), default=0)
    first, last = all_[max(place - 1, 0)], all_[min(place + 1, len(all_) - 1)]
    return Context(statement.text[first.start : quote.start], statement.text[quote.stop : last.stop])


def link_to_paragraph(statement_id: str, number: int) -> str:
    """Address of a paragraph, relative to the page."""
    return "?" + urlencode({"s": statement_id, "p": number})


def link_to_quote(quote: Quote) -> str:
    """Address of a quote, relative to the page; its hash shows later whether the source has changed."""
    receipt = quote.receipt
    return "?" + urlencode(
        {
            "s": receipt.statement,
            "p": quote.paragraph,
            "c": f"{receipt.start}-{receipt.stop}",
            "h": base64.urlsafe_b64encode(bytes.fromhex(receipt.quote_sha256)).decode().rstrip("="),
        }
    )


def receipt_of_link(statement_id: str, c: str, h: str) -> Receipt:
    """The receipt that a link to a quote carries; it knows no hash of the whole source and no byte offsets.

    Raises:
        ValueError: `c` or `h` is damaged.
    """
    first, _, last = c.partition("-")
    start, stop = int(first), int(last)
    try:
        digest = base64.urlsafe_b64decode(h + "=" * (-len(h) % 4))
    except binascii.Error as error:
        msg = f"damaged hash in the link: {h!r}"
        raise ValueError(msg) from error
    if not 0 <= start < stop or len(digest) != 32:
        msg = f"damaged place or hash in the link: {c!r}, {h!r}"
        raise ValueError(msg)
    return Receipt(statement_id, "", digest.hex(), start, stop, 0, 0)
