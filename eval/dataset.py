"""A data set of questions with judged documents: a BEIR folder, read and checked at the door."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from eval.jsonl import DatasetError, read_jsonl


@dataclass(frozen=True, slots=True)
class Document:
    """One row of `corpus.jsonl`: what is searched, and what a judgement points to.

    Attributes:
        id: Its `_id`.
        title: Shown in the report, not searched.
        text: What is searched and quoted.
        language: BCP 47 tag from the metadata, or None where it does not say.
    """

    id: str
    title: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """One row of `queries.jsonl`.

    Attributes:
        id: Its `_id`.
        text: As a person typed it.
        language: The label, `und` where there is none; only used to group figures, never told to the product.
        kind: What makes it hard, such as `paraphrase`; `question` where there is no label.
        turns: Earlier questions of the conversation, oldest first.
        answerable: Whether the collection answers it.
        near_miss: Unanswerable although its topic is in the collection.
    """

    id: str
    text: str
    language: str
    kind: str
    turns: tuple[str, ...]
    answerable: bool
    near_miss: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """One split of a folder.

    Attributes:
        name: Name of the folder.
        split: Name of the split, such as `test`.
        documents: The whole collection, in file order.
        questions: The questions of the split, in file order.
        judgements: Question id -> document id -> grade; 0 and unlisted documents are irrelevant.
        sentences: (question id, document id) -> the sentences of the document that answer.
    """

    name: str
    split: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    judgements: Mapping[str, Mapping[str, int]]
    sentences: Mapping[tuple[str, str], tuple[str, ...]]

    @property
    def answer_grade(self) -> int:
        """Least grade that answers: 2 where grades reach it (1 is then only related), otherwise 1."""
        return min(
            2, max((grade for grades in self.judgements.values() for grade in grades.values()), default=1)
        )

    @property
    def collection_fingerprint(self) -> str:
        """Hex SHA-256 of the documents' ids and texts, whatever their order."""
        return _sha256(sorted([document.id, document.text] for document in self.documents))

    @property
    def questions_fingerprint(self) -> str:
        """Hex SHA-256 of the questions, their turns and their judgements, whatever their order."""
        return _sha256(
            sorted(
                [
                    question.id,
                    question.text,
                    list(question.turns),
                    sorted(self.judgements.get(question.id, {}).items()),
                ]
                for question in self.questions
            )
        )

    def answers(self, question_id: str) -> frozenset[str]:
        """Ids of the documents that answer a question."""
        grades = self.judgements.get(question_id, {})
        return frozenset(document for document, grade in grades.items() if grade >= self.answer_grade)


_Item = TypeVar("_Item", Document, Question)


def read_dataset(folder: Path, split: str) -> Dataset:
    """Read one split of a BEIR folder.

    The folder holds `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv` (tab-separated, with a header).
    A question belongs to the split when the qrels judge it, or when its metadata say `"answerable": false`
    and `"split": SPLIT`: other readers, who go by the qrels, then leave it out. `sentences.tsv` is optional.

    Args:
        folder: The BEIR folder.
        split: Name of the split.

    Raises:
        DatasetError: A file is missing or malformed, an id is unknown or repeated, or there is no question.
    """
    documents = _unique(folder / "corpus.jsonl", _documents(folder / "corpus.jsonl"))
    rows = [row for _, row in _rows(folder / "queries.jsonl")]
    judgements = _judgements(folder, split, documents)
    questions = _unique(
        folder / "queries.jsonl",
        (
            _question(row)
            for row in rows
            if str(row["_id"]) in judgements or _unanswerable_in(row.get("metadata"), split)
        ),
    )
    for question_id, grades in judgements.items():
        if question_id not in questions:
            msg = f"qrels/{split}.tsv judges question {question_id!r}, which {folder / 'queries.jsonl'} lacks"
            raise DatasetError(msg)
        if not questions[question_id].answerable and any(grades.values()):
            msg = (
                f"{folder}: question {question_id!r} is marked unanswerable, yet qrels/{split}.tsv answers it"
            )
            raise DatasetError(msg)
    if not questions:
        msg = f"{folder} has no question in split {split!r}: add rows to queries.jsonl and qrels/{split}.tsv"
        raise DatasetError(msg)
    sentences = _sentences(folder / "sentences.tsv", documents, questions)
    return Dataset(
        folder.name, split, tuple(documents.values()), tuple(questions.values()), judgements, sentences
    )


def _documents(path: Path) -> Iterator[Document]:
    for line, row in _rows(path):
        text = row["text"]
        if not text.strip():
            msg = f"{path}:{line}: document {row['_id']!r} has no text"
            raise DatasetError(msg)
        yield Document(
            str(row["_id"]), str(row.get("title") or ""), text, _language(row.get("metadata") or {})
        )


def _question(row: Mapping[str, Any]) -> Question:
    metadata = row.get("metadata") or {}
    return Question(
        id=str(row["_id"]),
        text=str(row["text"]),
        language=_language(metadata) or "und",
        kind=str(metadata.get("kind") or "question"),
        turns=tuple(map(str, metadata.get("turns") or ())),
        answerable=metadata.get("answerable", True) is not False,
        near_miss=metadata.get("near_miss") is True,
    )


def _language(metadata: Mapping[str, Any]) -> str | None:
    language = metadata.get("language") or metadata.get("lang")
    return str(language) if language else None


def _unanswerable_in(metadata: Mapping[str, Any] | None, split: str) -> bool:
    return metadata is not None and metadata.get("answerable") is False and metadata.get("split") == split


def _judgements(folder: Path, split: str, documents: Mapping[str, Document]) -> dict[str, dict[str, int]]:
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.tsv"))) or "none"
        msg = f"{path} is missing: splits there are: {known}"
        raise DatasetError(msg)
    judgements: dict[str, dict[str, int]] = {}
    for line, (question, document, score) in _tab_separated(path, ("query-id", "corpus-id", "score")):
        if document not in documents:
            msg = f"{path}:{line}: document {document!r} is not in corpus.jsonl"
            raise DatasetError(msg)
        if not score.removeprefix("-").isdigit():
            msg = f"{path}:{line}: score {score!r} is not a whole number"
            raise DatasetError(msg)
        if document in judgements.setdefault(question, {}):
            msg = f"{path}:{line}: {question!r} and {document!r} are judged twice"
            raise DatasetError(msg)
        judgements[question][document] = int(score)
    return judgements


def _sentences(
    path: Path, documents: Mapping[str, Document], questions: Mapping[str, Question]
) -> dict[tuple[str, str], tuple[str, ...]]:
    sentences: dict[tuple[str, str], tuple[str, ...]] = {}
    if not path.is_file():
        return sentences
    for line, (question, document, sentence) in _tab_separated(path, ("query-id", "corpus-id", "sentence")):
        # A cell of the table cannot hold a soft line break: there it is written as a space.
        if document not in documents or sentence not in documents[document].text.replace("\n", " "):
            msg = f"{path}:{line}: the sentence is not in document {document!r}, character for character"
            raise DatasetError(msg)
        if question in questions:
            sentences[question, document] = (*sentences.get((question, document), ()), sentence)
    return sentences


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, row in read_jsonl(path):
        if "_id" not in row or not isinstance(row.get("text"), str):
            msg = f'{path}:{line}: expected an object with "_id" and "text"'
            raise DatasetError(msg)
        yield line, row


def _tab_separated(path: Path, header: tuple[str, str, str]) -> Iterator[tuple[int, tuple[str, str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if number == 1 and tuple(row) != header:
                msg = (
                    f"{path}: the first line must be the header {list(header)}, separated by tabs, not {row}"
                )
                raise DatasetError(msg)
            if number == 1 or not row:
                continue
            if len(row) != len(header):
                msg = f"{path}:{number}: {len(row)} columns, expected {len(header)} separated by tabs"
                raise DatasetError(msg)
            yield number, (row[0], row[1], row[2])


def _unique(path: Path, items: Iterable[_Item]) -> dict[str, _Item]:
    unique: dict[str, _Item] = {}
    for item in items:
        if item.id in unique:
            msg = f"{path}: _id {item.id!r} is there twice"
            raise DatasetError(msg)
        unique[item.id] = item
    return unique


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()
