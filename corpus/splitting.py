"""A statement to passages: paragraphs as a reader sees them, the long ones cut at sentence ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from corpus.sentences import sentences
from corpus.statement import Passage, Statement

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_ENDS_SENTENCE = re.compile(r"[.!?…։۔؟。！？][\"'»”’)\]]*$")


def split(
    statement: Statement, *, length: Callable[[str], int] = len, limit: int = 1000
) -> tuple[Passage, ...]:
    """Cut a statement into its paragraphs, and paragraphs longer than `limit` at sentence ends.

    Args:
        statement: What to cut.
        length: Measure of a text; characters, or the tokens of an encoder.
        limit: Longest passage, in the unit of `length`.

    Returns:
        Passages in order, not overlapping; between them is only white space. Number 0 is the title
        block, and passages cut from one paragraph share its number.
    """
    text = statement.text
    passages = []
    for number, start, stop in _paragraphs(text):
        for first, last in _pieces(text, start, stop, statement.language, length, limit):
            passages.append(Passage(statement.id, number, first, last, text[first:last], statement.language))
    return tuple(passages)


def _paragraphs(text: str) -> Iterator[tuple[int, int, int]]:
    lines = []
    for match in _LINE.finditer(text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        stop = match.start() + len(line.rstrip())
        if start < stop:
            lines.append((start, stop))
    blocks: list[tuple[int, int]] = []
    for start, stop in lines:
        if blocks and _continues(text, blocks[-1], start):
            blocks[-1] = (blocks[-1][0], stop)
        else:
            blocks.append((start, stop))
    body = next(
        (i for i, (_, stop) in enumerate(blocks) if _ENDS_SENTENCE.search(text, max(0, stop - 9), stop)), 0
    )
    if body:
        yield 0, blocks[0][0], blocks[body - 1][1]
    for number, (start, stop) in enumerate(blocks[body:], start=1):
        yield number, start, stop


def _continues(text: str, block: tuple[int, int], start: int) -> bool:
    stop = block[1]
    return (
        not _ENDS_SENTENCE.search(text, max(0, stop - 9), stop)
        and text[start].islower()
        and text.count("\n", stop, start) < 2
    )


def _pieces(
    text: str, start: int, stop: int, language: str, length: Callable[[str], int], limit: int
) -> Iterator[tuple[int, int]]:
    if length(text[start:stop]) <= limit:
        yield start, stop
        return
    spans = [(start + a, start + b) for a, b in sentences(text[start:stop], language)]
    first = last = spans[0][0]
    for a, b in spans:
        if last > first and length(text[first:b]) > limit:
            yield first, last
            first = a
        last = b
    yield first, last
