"""Choose the channels' weights and fit the verdict, on development questions only."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from corpus import Library
from eval.collect import statement_rows
from eval.dataset import Dataset
from eval.measures import score_questions
from eval.run import Bench, Progress, find, rank
from index.fusion import Weights
from qa import abstention

_STEPS = 10
_MEASURE = "nDCG@10"
# For an encoder nobody tuned: whether its token vectors help is not known, so late interaction stays off.
_UNTUNED = Weights(dense=0.5, terms=0.5, late=0.0)


@dataclass(frozen=True, slots=True)
class Choice:
    """How well one set of weights does.

    Attributes:
        weights: Of the channels.
        score: Mean nDCG@10 over the questions.
        languages: Mean of the languages' means, in which small ones count as much as large ones.
    """

    weights: Weights
    score: float
    languages: float


def weigh(dataset: Dataset, bench: Bench, *, progress: Progress | None = None) -> list[Choice]:
    """Try every mixture of the channels in steps of a tenth.

    Returns:
        All mixtures, best first by the sum of both means.
    """
    questions = [question for question in dataset.questions if question.answerable]
    found = []
    for done, question in enumerate(questions, 1):
        found.append(find(bench, question).candidates)
        if progress:
            progress("candidates", done, len(questions))
    choices = []
    mixtures = list(_mixtures(bench.passages.weights))
    for done, weights in enumerate(mixtures, 1):
        rankings = {
            question.id: rank(bench, candidates, candidates.fused(weights))
            for question, candidates in zip(questions, found, strict=True)
        }
        scored = score_questions(
            {question.id: dataset.judgements[question.id] for question in questions},
            rankings,
            answer_grade=dataset.answer_grade,
        )
        languages = defaultdict(list)
        for question in questions:
            languages[question.language].append(scored[question.id][_MEASURE])
        choices.append(
            Choice(
                weights,
                float(np.mean([scores[_MEASURE] for scores in scored.values()])),
                float(np.mean([np.mean(values) for values in languages.values()])),
            )
        )
        if progress:
            progress("mixtures", done, len(mixtures))
    return sorted(choices, key=lambda choice: -(choice.score + choice.languages))


def calibrate(
    dataset: Dataset, bench: Bench, *, progress: Progress | None = None
) -> dict[str, abstention.Calibration]:
    """Fit the verdict for the bench's encoder, and for any encoder from features without a scale.

    Each question is put to the whole collection; for an unknown encoder, to the shipped statement alone as
    well, so that its features are seen where a passage has few rivals. A question whose answer the search
    missed, or that was left out, says nothing about evidence and is not learned from.

    Returns:
        Fits by encoder fingerprint, as `abstention.save` takes them.
    """
    shipped = {row["_id"] for row in statement_rows(Library.shipped())}
    alone = frozenset(id_ for id_, document in bench.documents.items() if document.id in shipped)
    rows, answerable, answers, whole = [], [], [], []
    for done, question in enumerate(dataset.questions, 1):
        found = find(bench, question)
        wanted = dataset.answers(question.id)
        for statements in (None, alone) if alone else (None,):
            hits = bench.passages.search(
                found.text, abstention.DEPTH, language=found.language, statements=statements
            )
            judged = [bench.documents[hit.passage.statement_id].id for hit in hits[: abstention.JUDGED]]
            if not question.answerable or not wanted.isdisjoint(judged):
                rows.append(abstention.evidence(hits, found.text, found.language)[: len(judged)])
                answerable.append(question.answerable)
                whole.append(statements is None)
                answers.append(np.array([document in wanted for document in judged], dtype=np.bool_))
        if progress:
            progress("evidence", done, len(dataset.questions))
    of_collection = np.flatnonzero(whole)
    own = abstention.fit(
        [rows[i] for i in of_collection],
        np.array(answerable)[of_collection],
        [answers[i] for i in of_collection],
    )
    unknown = abstention.fit(rows, np.array(answerable), answers, features=abstention.SCALE_FREE)
    return {
        bench.assistant.encoder.fingerprint: own,
        abstention.ANY_ENCODER: dataclasses.replace(unknown, weights=_UNTUNED),
    }


def keep(fits: dict[str, abstention.Calibration], choice: Choice, folder: Path | None) -> Path:
    """Write fits where the product looks for them.

    Args:
        fits: As `calibrate` returns them.
        choice: The weights to use with the encoder.
        folder: The user's cache folder, for an encoder of the user's; None ships the fits with the product,
            whose own weights are in `index/fusion.py`.

    Returns:
        The file.
    """
    if folder is None:
        abstention.save(fits)
        return abstention.SHIPPED
    path = folder / abstention.SHIPPED.name
    known = (
        TypeAdapter(dict[str, abstention.Calibration]).validate_json(path.read_bytes())
        if path.exists()
        else {}
    )
    own = {
        fingerprint: dataclasses.replace(fit, weights=choice.weights)
        for fingerprint, fit in fits.items()
        if fingerprint != abstention.ANY_ENCODER
    }
    abstention.save(known | own, path)
    return path


def _mixtures(weights: Weights) -> Iterator[Weights]:
    for dense in range(_STEPS + 1):
        for terms in range(_STEPS + 1 - dense):
            late = _STEPS - dense - terms
            yield dataclasses.replace(weights, dense=dense / _STEPS, terms=terms / _STEPS, late=late / _STEPS)
