"""A statement to passages: its paragraphs, and the long ones cut at sentence ends."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from corpus.metadata import one_line
from corpus.paragraphs import paragraphs
from corpus.sentences import sentences
from corpus.statement import Passage, Statement

_CLAUSES = [r"[;:؛；：]\s+", r"[,،，]\s+", r"\s+"]


def split(
    statement: Statement, *, length: Callable[[str], int] = len, limit: int = 1000
) -> tuple[Passage, ...]:
    """Cut a statement into its paragraphs, and paragraphs longer than `limit` at sentence ends.

    A sentence that is too long itself is cut at clauses, else between words, else after `limit`
    characters.

    Args:
        statement: What to cut.
        length: Measure of a text: its characters, or the tokens of an encoder. The pieces of a text must
            not measure less than the whole.
        limit: Longest passage, in the unit of `length`; at least 1.

    Returns:
        Passages in order, not overlapping; only white space is left out between them. Number 0 is the
        title block; passages cut from one paragraph share its number.

    Raises:
        ValueError: `limit` is below 1.
    """
    if limit < 1:
        msg = f"limit is {limit}: a passage must be allowed 1 at least"
        raise ValueError(msg)
    return tuple(
        Passage(statement.id, paragraph.number, start, stop, statement.text[start:stop], statement.language)
        for paragraph in paragraphs(statement.text)
        for start, stop in _cut(statement, paragraph.start, paragraph.stop, length, limit)
    )


def title_of(text: str, language: str) -> str:
    """The title block of a text on one line, or the first words of its first sentence."""
    head = text.lstrip()[:_HEAD]
    title = " ".join(head[p.start : p.stop] for p in paragraphs(head) if p.number == 0)
    if not title.strip():
        start, stop = sentences(head, language)[0]
        title = textwrap.shorten(head[start:stop], 100, placeholder="…")
    return one_line(title)


_HEAD = 10_000


def _cut(
    statement: Statement, start: int, stop: int, length: Callable[[str], int], limit: int
) -> Iterator[tuple[int, int]]:
    """Spans of the pieces of one paragraph. The cursor only adds up lengths; nothing is searched for."""
    paragraph = statement.text[start:stop]
    if length(paragraph) <= limit:
        yield start, stop
        return
    cursor = start
    for piece in _pieces(paragraph, statement.language, length, limit):
        bare = piece.strip()
        if bare:
            first = cursor + len(piece) - len(piece.lstrip())
            yield first, first + len(bare)
        cursor += len(piece)


def _pieces(paragraph: str, language: str, length: Callable[[str], int], limit: int) -> list[str]:
    """Pieces that together are the paragraph, character for character."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter, TextSplitter

    def measure(piece: str) -> int:
        return max(1, length(piece))  # A piece that measures nothing would be given twice.

    options: dict[str, Any] = {
        "chunk_size": limit, "chunk_overlap": 0, "length_function": measure, "strip_whitespace": False,
    }  # fmt: skip
    clauses = RecursiveCharacterTextSplitter(
        _CLAUSES, keep_separator="end", is_separator_regex=True, **options
    )

    class SentenceSplitter(TextSplitter):
        def split_text(self, text: str) -> list[str]:
            pieces = [
                part
                for sentence in _sentences(text, language)
                for clause in ([sentence] if length(sentence) <= limit else clauses.split_text(sentence))
                for part in _windows(clause, length, limit)
            ]
            return self._merge_splits(pieces, "")

    return SentenceSplitter(**options).split_text(paragraph)


def _sentences(text: str, language: str) -> Iterator[str]:
    """The sentences of a text, each with the white space that follows it."""
    starts = [start for start, _ in sentences(text, language)]
    for start, stop in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True):
        yield text[start:stop]


def _windows(text: str, length: Callable[[str], int], limit: int) -> Iterator[str]:
    """A text without a place to cut, after every `limit` characters."""
    if length(text) <= limit:
        yield text
        return
    for start in range(0, len(text), limit):
        yield text[start : start + limit]
