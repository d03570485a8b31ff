"""One turn of a conversation: an answer with what the page shows around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus import Filters
from corpus.filters import select
from qa.answer import Answer
from qa.assistant import Assistant
from qa.catalogue import statements_of
from qa.followup import standalone

_MOST_SPEAKERS = 8
_MOST_CELLS = 2_000


@dataclass(frozen=True, slots=True)
class Map:
    """The paragraphs of a statement and how close each is to a question.

    Attributes:
        statement: Its id.
        title: Its title.
        cells: Paragraph number and relevance, 0 to 1, in the order of the text.
    """

    statement: str
    title: str
    cells: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and all that was shown for it; the browser keeps it and can have it shown again.

    Attributes:
        answer: The answer.
        filters: That were on.
        history: Earlier questions of the conversation, oldest first.
        joined: Whether the question was read together with them.
        maps: One for each statement shown, in the order of the quotes.
        others: Speakers not quoted who nevertheless say something to the question.
        silent: Speakers asked of whom nothing was found.
    """

    answer: Answer
    filters: Filters
    history: tuple[str, ...]
    joined: bool
    maps: tuple[Map, ...]
    others: tuple[str, ...]
    silent: tuple[str, ...]


def take_turn(
    assistant: Assistant, question: str, quotes: int, history: Sequence[str], filters: Filters
) -> Turn:
    """Ask, and look at what else the page shows.

    Args:
        assistant: Whom to ask.
        question: As asked.
        quotes: Most quotes wanted.
        history: Earlier questions, oldest first.
        filters: Which statements to search.

    Raises:
        QuestionError: The question is empty or too long.
        CorpusError: A filter names what the library does not hold.
    """
    answer = assistant.ask(question, quotes, filters=filters, history=history)
    titles = {quote.statement: quote.title for quote in answer.quotes or answer.nearest}
    maps = tuple(
        Map(
            statement,
            title,
            assistant.relevance(question, statement, history=history, language=answer.language)[:_MOST_CELLS],
        )
        for statement, title in titles.items()
    )
    others, silent = _unquoted(assistant, answer, history, filters) if answer.quotes else ((), ())
    joined = standalone(question, history, answer.language) != question
    return Turn(answer, filters, tuple(history), joined, maps, others, silent)


def speakers_of(names: Sequence[str]) -> str:
    """Who speaks, in one line; empty where unknown."""
    return "; ".join(names)


def _unquoted(
    assistant: Assistant, answer: Answer, history: Sequence[str], filters: Filters
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Speakers without a quote: those with something to the question, and those with nothing."""
    by_speaker: dict[str, list[str]] = {}
    for statement in select(statements_of(assistant), filters):
        by_speaker.setdefault(speakers_of(statement.speakers), []).append(statement.id)
    for quote in answer.quotes:
        by_speaker.pop(speakers_of(quote.speakers), None)
    by_speaker.pop("", None)
    others: list[str] = []
    silent: list[str] = []
    for name, statements in list(by_speaker.items())[:_MOST_SPEAKERS]:
        own = replace(filters, statements=tuple(statements), speakers=())
        found = assistant.ask(answer.question, 1, filters=own, history=history, language=answer.language)
        (others if found.verdict == "answered" else silent).append(name)
    return tuple(others), tuple(silent)
