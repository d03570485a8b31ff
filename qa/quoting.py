"""From a passage found to a quote: what the reader sees of it, and its proof."""

from __future__ import annotations

from corpus import Statement
from index import Hit
from qa.answer import Quote, Span, Strength
from qa.receipt import receipt_for


def quote(
    hit: Hit, statement: Statement, question: str, highlights: tuple[Span, ...], strength: Strength
) -> Quote:
    """Make the quote of a hit.

    Args:
        hit: A passage found.
        statement: The statement it belongs to.
        question: As searched; the hit's matches point into it.
        highlights: Spans of the sentences that answer, inside the passage.
        strength: In words.
    """
    passage = hit.passage
    matched: dict[str, dict[str, None]] = {}
    for match in hit.matches:
        words = matched.setdefault(question[slice(*match.question)], {})
        words.update(dict.fromkeys(passage.text[slice(*span)] for span in match.passage))
    return Quote(
        statement=statement.id,
        title=statement.title,
        speakers=statement.speakers,
        date=statement.date,
        language=passage.language,
        url=statement.url,
        paragraph=passage.number,
        start=passage.start,
        stop=passage.stop,
        text=passage.text,
        highlights=highlights,
        words=tuple(sorted({span for match in hit.matches for span in match.passage})),
        matched={word: tuple(met) for word, met in matched.items()},
        score=round(hit.score, 4),
        strength=strength,
        citation=citation(statement, passage.number),
        receipt=receipt_for(statement, passage),
    )


def citation(statement: Statement, paragraph: int) -> str:
    """Speakers, title, date and paragraph in one line; what is unknown is left out."""
    date = statement.date.isoformat() if statement.date else None
    parts = ("; ".join(statement.speakers), statement.title, date, f"¶ {paragraph}", statement.url)
    return ". ".join(part for part in parts if part)
