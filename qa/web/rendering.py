"""Records to HTML, by the templates beside this module; they escape every value that is not markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import Statement
from qa.answer import Quote
from qa.assistant import Assistant
from qa.receipt import Verification
from qa.web.marking import marked
from qa.web.paragraphs import Context, context, link_to_paragraph, link_to_quote, paragraphs
from qa.web.texts import Texts
from qa.web.turn import Map, Turn, speakers_of

if TYPE_CHECKING:
    from jinja2 import Environment

_CLOSE = 0.5
_SOME = 0.15


@dataclass(frozen=True, slots=True)
class Card:
    """A quote as the page shows it.

    Attributes:
        rank: From 1; the place among the answer's quotes.
        answers: Whether it is quoted as an answer, not as merely nearest.
        quote: The quote.
        around: Its surroundings, where the source still has it in its place.
        verification: What the library says to its receipt today.
    """

    rank: int
    answers: bool
    quote: Quote
    around: Context | None
    verification: Verification


@dataclass(frozen=True, slots=True)
class Group:
    """Cards of one speaker, best first, and the maps of the statements they come from."""

    speakers: str
    maps: tuple[Map, ...]
    cards: tuple[Card, ...]


def render(template: str, t: Texts, **values: object) -> str:
    """Fill a template of `templates/`."""
    return _environment().get_template(f"{template}.html").render(t=t, **values)


def render_turn(turn: Turn, number: int, assistant: Assistant, t: Texts) -> str:
    """A turn as HTML.

    Args:
        turn: From `take_turn`, now or earlier.
        number: Place in the conversation, from 0.
        assistant: To look up surroundings and to check receipts.
        t: Texts of the interface.
    """
    quotes = turn.answer.quotes or turn.answer.nearest
    cards = [
        _card(rank, bool(turn.answer.quotes), quote, assistant) for rank, quote in enumerate(quotes, start=1)
    ]
    groups: dict[str, list[Card]] = {}
    for card in cards:
        groups.setdefault(speakers_of(card.quote.speakers), []).append(card)
    shown = {(quote.statement, quote.paragraph) for quote in quotes}
    return render(
        "turn",
        t,
        turn=turn,
        number=number,
        answer=turn.answer,
        groups=[_group(name, of_one, turn.maps) for name, of_one in groups.items()],
        statements=len({quote.statement for quote in quotes}),
        shown=shown,
        filtered=any(
            (turn.filters.statements, turn.filters.speakers, turn.filters.since, turn.filters.until)
        ),
    )


def render_reading(
    statement: Statement,
    t: Texts,
    *,
    place: tuple[int, int] | None,
    notice: str,
    paragraph: int | None,
    relevance: Sequence[tuple[int, float]],
) -> str:
    """A whole statement as HTML.

    Args:
        statement: The statement.
        t: Texts of the interface.
        place: Span of the quote in the statement, in code points; None for none.
        notice: A text to show above; empty for none.
        paragraph: Number of the paragraph to show first.
        relevance: Paragraph number and 0..1 for the map; zeros where there is no question.
    """
    blocks = []
    for p in paragraphs(statement):
        span = (max(place[0], p.start) - p.start, min(place[1], p.stop) - p.start) if place else (0, 0)
        spans = [span] if span[0] < span[1] else []
        blocks.append((p, marked(p.text, spans, anchor="reading-quote")))
    return render(
        "reading",
        t,
        statement=statement,
        speakers=speakers_of(statement.speakers),
        blocks=blocks,
        notice=notice,
        current=paragraph,
        map=Map(statement.id, statement.title, tuple(relevance)),
        asked=any(value for _, value in relevance),
    )


def _group(speakers: str, cards: Sequence[Card], maps: Sequence[Map]) -> Group:
    statements = {card.quote.statement for card in cards}
    return Group(speakers, tuple(map_ for map_ in maps if map_.statement in statements), tuple(cards))


def _card(rank: int, answers: bool, quote: Quote, assistant: Assistant) -> Card:
    verification = assistant.verify(quote.receipt)
    in_place = verification.status == "exact" and verification.start == quote.start
    around = context(assistant.library[quote.statement], quote) if in_place else None
    return Card(rank, answers, quote, around, verification)


def _closeness(relevance: float) -> str:
    if relevance >= _CLOSE:
        return "relevance_high"
    return "relevance_some" if relevance >= _SOME else "relevance_low"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"marked": marked, "closeness": _closeness, "speakers": speakers_of}
    environment.globals |= {"link_to_quote": link_to_quote, "link_to_paragraph": link_to_paragraph}
    return environment
