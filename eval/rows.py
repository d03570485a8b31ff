"""What became of each question: one row a question, from which every figure is derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from eval.jsonl import read_jsonl, write_jsonl

Channel = Literal["fused", "dense", "terms", "late"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The product's whole answer to one question.

    Attributes:
        answered: Whether it quoted at all.
        confidence: Probability it gave, 0 to 1, rounded to four places.
        first: Document of the first quote, or of the nearest passage where it refused; None without either.
        first_answers: Whether that document answers.
        quotes: Number of passages quoted, nearest ones included.
        exact: How many of them equal their source, character for character, by slice and by receipt.
        highlighted: Whether the marked sentence of the first quote is the judged one; None where nobody
            judged it, where the document is a single sentence, or where it does not answer.
    """

    answered: bool
    confidence: float
    first: str | None
    first_answers: bool
    quotes: int
    exact: int
    highlighted: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One question and its outcome.

    Attributes:
        id: The question's id.
        text: The question.
        language: Its label.
        detected: The language the product took it for.
        kind: What makes it hard.
        answerable: Whether the collection answers it.
        near_miss: Unanswerable although its topic is in the collection.
        scores: Name of the measure -> value; empty for an unanswerable question.
        ranking: Documents found, best first, with the channel's score.
        verdict: The product's answer; None where a single channel was run.
    """

    id: str
    text: str
    language: str
    detected: str
    kind: str
    answerable: bool
    near_miss: bool
    scores: Mapping[str, float]
    ranking: tuple[tuple[str, float], ...]
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What determines the rows.

    Attributes:
        dataset: Name of the data set.
        split: Name of the split.
        channel: Which ranking.
        documents: Number of documents searched.
        collection: Fingerprint of the documents.
        questions: Fingerprint of the questions and judgements.
        model: Name of the encoder.
        model_fingerprint: Hash of its weights.
        retrieval: Fusion weights and calibration in use, as JSON values.
    """

    dataset: str
    split: str
    channel: Channel
    documents: int
    collection: str
    questions: str
    model: str
    model_fingerprint: str
    retrieval: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """Rows with what determines them."""

    settings: Settings
    rows: tuple[Row, ...]


def write_rows(path: Path, rows: Iterable[Row], *, depth: int | None = None) -> None:
    """Write rows as JSON lines.

    Args:
        path: The file, replaced.
        rows: What to write.
        depth: How much of each ranking; None is all of it.
    """
    write_jsonl(path, ({**asdict(row), "ranking": row.ranking[:depth]} for row in rows))


def read_rows(path: Path) -> tuple[Row, ...]:
    """Read rows that `write_rows` wrote."""
    rows = []
    for _, row in read_jsonl(path):
        ranking = tuple((str(document), float(score)) for document, score in row.pop("ranking"))
        verdict = row.pop("verdict")
        rows.append(Row(**row, ranking=ranking, verdict=Verdict(**verdict) if verdict else None))
    return tuple(rows)
