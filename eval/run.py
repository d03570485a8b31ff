"""Put every question of a data set to the product, and note what became of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from corpus import Statement, detect_language
from eval.dataset import Dataset, Document, Question
from eval.measures import score_questions
from eval.memory import RememberingEncoder
from eval.rows import Channel, Row, Run, Settings, Verdict
from index import Encoder, PassageIndex
from index.encoder import FloatArray
from index.texts import Candidates
from qa import Answer, Assistant, Quote, abstention

Progress = Callable[[str, int, int], None]

DEPTH = 50
"""Passages taken from each search; a document's score is its best passage's."""

QUOTES = 3
"""Quotes asked of the product, as many as it gives unasked."""

_SAME_SENTENCE = 0.5
"""Least overlap (shared characters over all characters of both) at which two spans are one sentence."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A collection, embedded once for one encoder, ready for questions.

    Attributes:
        assistant: The product over the documents, each of them one statement.
        passages: The same index, for single channels.
        documents: Statement id -> document.
        verdict: The fit the assistant decides by.
    """

    assistant: Assistant
    passages: PassageIndex
    documents: Mapping[str, Document]
    verdict: abstention.Calibration


@dataclass(frozen=True, slots=True)
class Found:
    """What one question was searched as, and how each channel scores the passages.

    Attributes:
        text: The question, completed from the conversation where it is a fragment.
        language: BCP 47 tag, detected.
        candidates: The channels' scores.
    """

    text: str
    language: str
    candidates: Candidates


def prepare(dataset: Dataset, encoder: Encoder, *, cache: Path, progress: Progress | None = None) -> Bench:
    """Embed a collection, or load it where the same model embedded it before.

    Args:
        dataset: Whose documents to embed.
        encoder: Makes the vectors.
        cache: Folder of embedded collections, one folder each.
        progress: Called with a stage, done and total.
    """
    documents = {statement_id(document.id): document for document in dataset.documents}
    statements = {id_: _statement(id_, document) for id_, document in documents.items()}
    key = hashlib.sha256(f"{dataset.collection_fingerprint}\n{encoder.fingerprint}".encode()).hexdigest()[:16]
    report = (lambda done, total: progress("passages", done, total)) if progress else None
    Assistant(statements, encoder, cache=cache / key, progress=report)
    remembering = RememberingEncoder(encoder)
    assistant = Assistant(statements, remembering, cache=cache / key)
    verdict = abstention.load(encoder.fingerprint, cache)
    passages = PassageIndex.load(cache / key, remembering, weights=verdict.weights)
    return Bench(assistant, passages, documents, verdict)


def statement_id(document_id: str) -> str:
    """The slug under which a document enters the product; differs from the id only where that is no slug."""
    slug = re.sub(r"[^a-z0-9]+", "-", document_id.lower()).strip("-")[:80] or "document"
    return slug if slug == document_id else f"{slug}-{hashlib.sha256(document_id.encode()).hexdigest()[:8]}"


def find(bench: Bench, question: Question) -> Found:
    """Search for what the product would: its language detected, a fragment completed."""
    query = bench.assistant.query(question.text, question.turns)
    found = bench.passages.candidates(query.text, language=query.language, least=DEPTH)
    return Found(query.text, query.language, found)


def rank(bench: Bench, candidates: Candidates, scores: FloatArray) -> tuple[tuple[str, float], ...]:
    """Documents by their best passage, best first.

    Args:
        bench: Where the candidates were found.
        candidates: What was found.
        scores: Of each candidate, shape (n,).

    Returns:
        Document ids with scores.
    """
    ranking: dict[str, float] = {}
    for place in np.argsort(-scores, kind="stable")[:DEPTH].tolist():
        for passage in bench.passages.passages_of(int(candidates.rows[place])):
            ranking.setdefault(bench.documents[passage.statement_id].id, round(float(scores[place]), 6))
    return tuple(ranking.items())


def evaluate(
    dataset: Dataset, bench: Bench, *, channel: Channel = "fused", progress: Progress | None = None
) -> Run:
    """Run all questions of a data set.

    Verdicts, quotes and highlights come with the fused ranking alone, which is the product's.

    Args:
        dataset: Questions and judgements.
        bench: Its collection.
        channel: Which ranking to score.
        progress: Called with a stage, done and total.
    """
    found: dict[str, Found] = {}
    verdicts: dict[str, Verdict | None] = {}
    for done, question in enumerate(dataset.questions, 1):
        found[question.id] = find(bench, question)
        verdicts[question.id] = _verdict(bench, dataset, question) if channel == "fused" else None
        if progress:
            progress("questions", done, len(dataset.questions))
    rankings = {
        id_: rank(bench, each.candidates, _scores(bench, each.candidates, channel))
        for id_, each in found.items()
    }
    scores = score_questions(
        {
            question.id: dataset.judgements.get(question.id, {})
            for question in dataset.questions
            if question.answerable
        },
        rankings,
        answer_grade=dataset.answer_grade,
    )
    rows = tuple(
        Row(
            question.id,
            question.text,
            question.language,
            found[question.id].language,
            question.kind,
            question.answerable,
            question.near_miss,
            scores.get(question.id, {}),
            rankings[question.id],
            verdicts[question.id],
        )
        for question in dataset.questions
    )
    return Run(_settings(dataset, bench, channel), rows)


def _statement(id_: str, document: Document) -> Statement:
    language = document.language or detect_language(document.text)
    title = " ".join((document.title or document.id).split())
    return Statement(id_, title, document.text, language)


def _scores(bench: Bench, candidates: Candidates, channel: Channel) -> FloatArray:
    if channel == "fused":
        return candidates.fused(bench.passages.weights)
    return {"dense": candidates.dense, "terms": candidates.terms, "late": candidates.late}[channel]


def _verdict(bench: Bench, dataset: Dataset, question: Question) -> Verdict:
    answer = bench.assistant.ask(question.text, QUOTES, history=question.turns)
    quotes = answer.quotes or answer.nearest
    first = bench.documents[quotes[0].statement].id if quotes else None
    return Verdict(
        answered=answer.verdict == "answered",
        confidence=answer.confidence,
        first=first,
        first_answers=first in dataset.answers(question.id),
        quotes=len(quotes),
        exact=sum(_exact(bench.assistant, bench.documents, quote) for quote in quotes),
        highlighted=_highlighted(dataset, question, answer, first),
    )


def _exact(assistant: Assistant, documents: Mapping[str, Document], quote: Quote) -> bool:
    """Whether a quote equals its document, which the product never rewrote, and its receipt proves it."""
    same = documents[quote.statement].text[quote.start : quote.stop] == quote.text
    return same and assistant.verify(quote.receipt).status == "exact"


def _highlighted(dataset: Dataset, question: Question, answer: Answer, first: str | None) -> bool | None:
    if first is None or not answer.quotes:
        return None
    quote = answer.quotes[0]
    judged = dataset.sentences.get((question.id, first), ())
    text = quote.text.replace("\n", " ")
    if not judged or any(len(sentence.strip()) >= len(text.strip()) for sentence in judged):
        return None
    marked = {i for start, stop in quote.highlights for i in range(start, stop) if not text[i].isspace()}
    for sentence in judged:
        start = text.find(sentence)
        wanted = (
            {i for i in range(start, start + len(sentence)) if not text[i].isspace()} if start >= 0 else set()
        )
        if wanted and len(marked & wanted) / len(marked | wanted) >= _SAME_SENTENCE:
            return True
    return False


def _settings(dataset: Dataset, bench: Bench, channel: Channel) -> Settings:
    encoder = bench.assistant.encoder
    fit = bench.verdict
    retrieval = {
        "depth": DEPTH,
        "quotes": QUOTES,
        "weights": asdict(bench.passages.weights),
        "verdict": {"threshold": fit.threshold, "features": list(fit.features)},
    }
    return Settings(
        dataset=dataset.name,
        split=dataset.split,
        channel=channel,
        documents=len(dataset.documents),
        collection=dataset.collection_fingerprint,
        questions=dataset.questions_fingerprint,
        model=encoder.name,
        model_fingerprint=encoder.fingerprint,
        retrieval=retrieval,
    )
