"""Is there an answer at all: a small calibrated model over the evidence of the best passages.

A logistic regression (Platt 1999) on a handful of features gives the probability that a passage answers.
It is fitted on labelled questions by `python -m eval tune`, which also stores its figures; nothing here is
set by hand. Cosines mean different things in different encoders, so each encoder has its own fit, and an
encoder without one falls back on a fit that uses scale-free features only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index import Hit
from index.fusion import Weights
from index.stems import Stem, stems
from index.terms import primary
from qa.answer import Strength

Floats = npt.NDArray[np.float64]

SHIPPED = Path(__file__).with_name("calibration.json")
ANY_ENCODER = "any"
DEPTH = 10
"""How many of the best passages the evidence looks at."""
JUDGED = 3
"""How many of them the verdict goes by, however many are asked for."""
_EPSILON = 1e-6

SCALE_FREE = ("coverage", "late_lead", "dense_lead", "rivals", "same_language", "stems")
FEATURES = (*SCALE_FREE, "late", "dense", "met", "least")


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model and how well it did where it was fitted.

    Attributes:
        features: Names of the features it uses, from `FEATURES`.
        mean: Their means on the fitting data.
        scale: Their standard deviations.
        coefficients: One per standardised feature.
        intercept: Added to the weighted sum.
        threshold: Probability from which a question counts as answered.
        strong: Probability from which a quote is called strong.
        weights: Of the channels for this encoder; None is what was chosen for the embedded model.
        figures: Measures on the fitting data, such as `auroc`, `false_answers`, `false_refusals`.
    """

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    threshold: float
    strong: float
    figures: dict[str, float]
    weights: Weights | None = None

    def probability(self, features: Floats) -> Floats:
        """Probability that each passage answers.

        Args:
            features: All `FEATURES` of n passages, float64 of shape (n, len(FEATURES)).

        Returns:
            float64 of shape (n,), each in 0..1.
        """
        columns = features[:, [FEATURES.index(name) for name in self.features]]
        logit = (columns - self.mean) / self.scale @ np.array(self.coefficients) + self.intercept
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), dtype=np.float64)

    @staticmethod
    def confidence(probabilities: Sequence[float]) -> float:
        """Probability that one of the best passages answers, given those of all, best ranked first."""
        return max(probabilities[:JUDGED], default=0.0)

    def strength(self, probability: float) -> Strength:
        """The probability in words."""
        if probability >= self.strong:
            return "strong"
        return "fair" if probability >= self.threshold else "weak"


def evidence(hits: Sequence[Hit], question: str, language: str) -> Floats:
    """Features of each hit, in the light of the others.

    Args:
        hits: Best first, as one search returned them.
        question: As searched.
        language: BCP 47 tag of the question.

    Returns:
        float64 of shape (len(hits), len(FEATURES)), columns in the order of `FEATURES`.
    """
    # A text that several statements share is no rival of itself.
    distinct = {hit.passage.text: hit for hit in reversed(hits)}
    places = {text: i for i, text in enumerate(dict.fromkeys(hit.passage.text for hit in hits))}
    rivals = [distinct[text] for text in places]
    late = np.array([hit.late for hit in rivals], dtype=np.float64)
    dense = np.array([hit.dense for hit in rivals], dtype=np.float64)
    scores = np.array([hit.score for hit in rivals], dtype=np.float64)
    asked = stems(question, language)
    rows = [
        (
            hit.coverage,
            _lead(late, i),
            _lead(dense, i),
            float((scores[:DEPTH] >= scores[i]).mean()),
            float(primary(hit.passage.language) == primary(language)),
            float(len(asked)),
            late[i],
            dense[i],
            *_met(asked, hit),
        )
        for i, hit in enumerate(rivals)
    ]
    of_all = [rows[places[hit.passage.text]] for hit in hits]
    return np.array(of_all, dtype=np.float64).reshape(len(hits), len(FEATURES))


def _met(asked: Sequence[Stem], hit: Hit) -> tuple[float, float]:
    """Share of the question's words of content that met a word of the passage, and the least sure of all."""
    weights = [
        max(
            (m.weight for m in hit.matches if m.question[0] < word.stop and m.question[1] > word.start),
            default=0,
        )
        for word in asked
    ]
    return sum(weight > 0 for weight in weights) / max(1, len(weights)), min(weights, default=0.0)


def _lead(scores: Floats, i: int) -> float:
    """Standard deviations by which a score leads the other best ones; 0 where it has no rivals."""
    rivals = np.delete(scores[:DEPTH], i) if i < DEPTH else scores[:DEPTH]
    if len(rivals) < 2:
        return 0.0
    return float(np.clip((scores[i] - rivals.mean()) / (rivals.std() + _EPSILON), -10, 10))


def load(fingerprint: str, *folders: Path) -> Calibration:
    """The calibration of an encoder.

    Args:
        fingerprint: The encoder's.
        folders: Where else to look for a `calibration.json`, before the one that ships.

    Returns:
        The encoder's own fit, or the one for any encoder.
    """
    from pydantic import TypeAdapter

    fits: dict[str, Calibration] = {}
    for path in (SHIPPED, *(folder / SHIPPED.name for folder in reversed(folders))):
        if path.is_file():
            fits |= TypeAdapter(dict[str, Calibration]).validate_json(path.read_bytes())
    return fits.get(fingerprint, fits[ANY_ENCODER])


def save(fits: dict[str, Calibration], path: Path = SHIPPED) -> None:
    """Write fits by encoder fingerprint, replacing the file whole."""
    text = json.dumps({key: asdict(fit) for key, fit in fits.items()}, indent=1) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def fit(
    rows: Sequence[Floats],
    answerable: npt.NDArray[np.bool_],
    answers: Sequence[npt.NDArray[np.bool_]],
    *,
    features: Sequence[str] = FEATURES,
) -> Calibration:
    """Fit the model and choose its thresholds.

    The model learns from the passages the verdict goes by whether their question has an answer: a near miss
    has a better first passage than many a question that is answered, so which passage answers is a worse
    teacher. The threshold is where the shares of false answers, counted double, and of false refusals balance
    best; a quote is strong where nine in ten first quotes of that probability or more answer.

    Args:
        rows: For each labelled question, the evidence of its `JUDGED` best passages.
        answerable: Whether each question has an answer, bool of shape (questions,).
        answers: For each question, which of these passages answer.
        features: Which features to use.

    Returns:
        The calibration, with its figures on these very questions.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    columns = [FEATURES.index(name) for name in features]
    x = np.concatenate(rows)[:, columns]
    y = np.concatenate(
        [np.full(len(passages), wanted) for passages, wanted in zip(rows, answerable, strict=True)]
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(x, y)
    scaler, regression = model[0], model[1]
    draft = Calibration(
        features=tuple(features),
        mean=tuple(map(float, scaler.mean_)),
        scale=tuple(map(float, scaler.scale_)),
        coefficients=tuple(map(float, regression.coef_[0])),
        intercept=float(regression.intercept_[0]),
        threshold=0.5,
        strong=0.9,
        figures={},
    )
    best = np.array([draft.confidence(draft.probability(question).tolist()) for question in rows])
    candidates = np.unique(best)
    false_answers = np.array([(best[~answerable] >= t).mean() for t in candidates])
    false_refusals = np.array([(best[answerable] < t).mean() for t in candidates])
    chosen = int(np.argmin(np.maximum(2 * false_answers, false_refusals)))
    first = np.array([draft.probability(question)[0] for question in rows])
    order = np.argsort(-first)
    precision = np.cumsum([answers[i][0] for i in order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= 0.9)
    threshold = float(candidates[chosen])
    strong = float(first[order][good[-1]]) if len(good) else 1.0
    figures = {
        "questions": float(len(rows)),
        "answerable": float(answerable.sum()),
        "auroc": float(roc_auc_score(answerable, best)),
        "false_answers": float(false_answers[chosen]),
        "false_refusals": float(false_refusals[chosen]),
    }
    return Calibration(
        draft.features,
        draft.mean,
        draft.scale,
        draft.coefficients,
        draft.intercept,
        threshold,
        max(strong, threshold),
        figures,
    )
