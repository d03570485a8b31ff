"""Rows for a collection from a library: nothing is copied by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from corpus import Library, Statement, split
from eval.jsonl import read_jsonl, write_jsonl

SHIPPED = Path(__file__).parent / "data" / "statements"


def statement_rows(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    """One row for each paragraph of the statements' bodies.

    Returns:
        BEIR rows with `_id` `STATEMENT-NUMBER`; the metadata say where in which statement a paragraph stands.
    """
    return [
        {
            "_id": f"{statement.id}-{number}",
            "title": statement.title,
            "text": statement.text[start:stop],
            "metadata": {
                "language": statement.language,
                "statement": statement.id,
                "start": start,
                "stop": stop,
            },
        }
        for statement in statements
        for number, (start, stop) in _paragraphs(statement).items()
    ]


def refresh(folder: Path = SHIPPED) -> int:
    """Put the shipped statements' paragraphs into a collection's `corpus.jsonl`, in place of older ones.

    Returns:
        How many paragraphs.
    """
    path = folder / "corpus.jsonl"
    specimens = (
        [row for _, row in read_jsonl(path) if row["metadata"].get("specimen")] if path.exists() else []
    )
    rows = statement_rows(Library.shipped())
    write_jsonl(path, [*rows, *specimens])
    return len(rows)


def _paragraphs(statement: Statement) -> dict[int, tuple[int, int]]:
    """Number of each paragraph -> its span; the title block only where there is nothing else."""
    spans: dict[int, tuple[int, int]] = {}
    for passage in split(statement):
        start, _ = spans.get(passage.number, (passage.start, passage.stop))
        spans[passage.number] = (start, passage.stop)
    return {number: span for number, span in spans.items() if number > 0} or spans
