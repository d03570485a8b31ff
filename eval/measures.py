"""Numbers: measures per question by ir_measures, intervals, tests, and the quality of verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MEASURES = ("nDCG@10", "R@1", "R@5", "RR")
SEED = 20240229
_RESAMPLES = 2000
_SIGN_FLIPS = 9999
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % bootstrap interval.

    Attributes:
        mean: Arithmetic mean.
        low: 2.5th percentile of the resampled means.
        high: 97.5th percentile.
        size: Number of values.
    """

    mean: float
    low: float
    high: float
    size: int


@dataclass(frozen=True, slots=True)
class Bin:
    """One step of a reliability figure.

    Attributes:
        size: Number of answers in it.
        confidence: Their mean confidence.
        correct: Share of them that were right.
    """

    size: int
    confidence: float
    correct: float


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a precision against coverage curve.

    Attributes:
        threshold: Least confidence that is answered.
        coverage: Share of all questions then answered.
        precision: Share of those whose first quote answers.
    """

    threshold: float
    coverage: float
    precision: float


def score_questions(
    judgements: Mapping[str, Mapping[str, int]],
    rankings: Mapping[str, Sequence[tuple[str, float]]],
    *,
    answer_grade: int,
) -> dict[str, dict[str, float]]:
    """Score each ranking.

    nDCG takes grades as linear gains over log2(1 + rank); recall and reciprocal rank count documents of
    `answer_grade` or more as relevant.

    Args:
        judgements: Question id -> document id -> grade.
        rankings: Question id -> documents with scores that fall strictly, best first.
        answer_grade: Least grade that answers.

    Returns:
        Question id -> name of the measure -> value in 0..1, for the judged questions.
    """
    import ir_measures

    measures = {name: ir_measures.parse_measure(_at_grade(name, answer_grade)) for name in MEASURES}
    names = {measure: name for name, measure in measures.items()}
    # Ranks, not scores: the scorer holds 32-bit floats, in which near scores would tie.
    run = {
        question: {document: 1 / rank for rank, (document, _) in enumerate(ranking, 1)}
        for question, ranking in rankings.items()
    }
    scores: dict[str, dict[str, float]] = {question: {} for question in judgements}
    qrels = {question: dict(grades) for question, grades in judgements.items()}
    for metric in ir_measures.iter_calc(list(measures.values()), qrels, run):
        scores[metric.query_id][names[metric.measure]] = float(metric.value)
    return scores


def _at_grade(measure: str, grade: int) -> str:
    if measure.startswith("nDCG") or grade == 1:
        return measure
    name, at, cutoff = measure.partition("@")
    return f"{name}(rel={grade}){at}{cutoff}"


def mean_interval(values: Sequence[float], *, seed: int = SEED) -> Interval:
    """Mean with a 95 % percentile bootstrap interval (Efron & Tibshirani 1993).

    A single value says nothing about the next: its interval is all of 0..1.

    Args:
        values: At least one value in 0..1.
        seed: Of the resampling.

    Raises:
        ValueError: There is no value.
    """
    from scipy import stats

    if not values:
        msg = "the mean of no values is not defined"
        raise ValueError(msg)
    mean = float(np.mean(values))
    if len(values) == 1:
        return Interval(mean, 0.0, 1.0, 1)
    interval = stats.bootstrap(
        (np.asarray(values, dtype=np.float64),),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=_LEVEL,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(mean, float(interval.low), float(interval.high), len(values))


def auroc_interval(
    answerable: Sequence[float], unanswerable: Sequence[float], *, seed: int = SEED
) -> Interval:
    """Probability that an answerable question gets more confidence than another, ties counted half.

    It is the area under the ROC curve: Mann and Whitney's U over the number of pairs.

    Args:
        answerable: Confidences of answerable questions, at least two.
        unanswerable: Confidences of unanswerable ones, at least two.
        seed: Of the resampling, which draws from both groups apart.
    """
    from scipy import stats

    groups = (np.asarray(answerable, dtype=np.float64), np.asarray(unanswerable, dtype=np.float64))
    interval = stats.bootstrap(
        groups,
        _auroc,
        n_resamples=_RESAMPLES,
        confidence_level=_LEVEL,
        method="percentile",
        batch=100,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    size = len(answerable) + len(unanswerable)
    return Interval(float(_auroc(*groups)), float(interval.low), float(interval.high), size)


def _auroc(
    positive: npt.NDArray[np.float64], negative: npt.NDArray[np.float64], axis: int = -1
) -> npt.NDArray[np.float64]:
    from scipy import stats

    ranks = stats.rankdata(np.concatenate([positive, negative], axis=axis), axis=axis)
    n, m = positive.shape[axis], negative.shape[axis]
    u = np.take(ranks, np.arange(n), axis=axis).sum(axis=axis) - n * (n + 1) / 2
    return np.asarray(u / (n * m))


def reliability(confidences: Sequence[float], correct: Sequence[bool], *, bins: int = 10) -> tuple[Bin, ...]:
    """Mean confidence beside the share that was right, in equally wide steps; empty ones left out."""
    steps: list[list[int]] = [[] for _ in range(bins)]
    for position, confidence in enumerate(confidences):
        steps[min(int(confidence * bins), bins - 1)].append(position)
    return tuple(
        Bin(
            len(step),
            sum(confidences[i] for i in step) / len(step),
            sum(correct[i] for i in step) / len(step),
        )
        for step in steps
        if step
    )


def calibration_error(figure: Sequence[Bin]) -> float:
    """Expected calibration error: mean of |confidence - share right| over answers (Naeini et al. 2015)."""
    total = sum(step.size for step in figure)
    return sum(step.size * abs(step.confidence - step.correct) for step in figure) / total if total else 0.0


def precision_by_coverage(confidences: Sequence[float], correct: Sequence[bool]) -> tuple[Point, ...]:
    """Share of right first quotes when only the surest questions are answered; a point per confidence."""
    ranked = sorted(zip(confidences, correct, strict=True), key=lambda pair: -pair[0])
    points: list[Point] = []
    right = 0
    for answered, (confidence, is_right) in enumerate(ranked, 1):
        right += is_right
        if answered == len(ranked) or ranked[answered][0] < confidence:
            points.append(Point(confidence, answered / len(ranked), right / answered))
    return tuple(points)


def drop_p_value(before: Sequence[float], after: Sequence[float], *, seed: int = SEED) -> float:
    """Probability of a mean drop at least this large if both runs were alike, by paired randomisation.

    Signs of the differences are flipped at random (Fisher; for retrieval, Smucker, Allan & Carterette 2007);
    one-sided, exact where there are few questions, otherwise 9,999 seeded draws.
    """
    from scipy import stats

    differences = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    if not differences.any():
        return 1.0
    test = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        alternative="less",
        n_resamples=_SIGN_FLIPS,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted


def smallest_visible_drop(
    before: Sequence[float], after: Sequence[float], *, tests: int, alpha: float = 0.05
) -> float:
    """Smallest mean drop that such a comparison would have found, with a probability of 80 %.

    The larger of two bounds: (z(1 - alpha') + z(0.8)) standard errors of the paired differences (Sakai 2016),
    with alpha' = alpha / tests as for Holm's first step; and, as flipped signs need log2(1 / alpha') fallen
    questions to be significant at all, that many falling from the first to the second rank (nDCG 1 to 0.63).
    """
    from scipy import stats

    differences = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    size, level = len(differences), alpha / tests
    spread = float(differences.std(ddof=1)) if size > 1 else 0.0
    by_spread = float(stats.norm.ppf(1 - level) + stats.norm.ppf(0.8)) * spread / math.sqrt(size)
    by_count = math.ceil(math.log2(1 / level)) * (1 - 1 / math.log2(3)) / size
    return min(1.0, max(by_spread, by_count))
