"""One ranking from three channels: weighted z-scores, the terms weighing as much as they cover.

The z-scores are taken over one question's candidates. Rank fusion was 2 to 4 points of nDCG worse: it
forgets by how much a passage leads. In a collection of a few passages the spread of a channel says little,
so it is never taken to be less than half that channel's usual spread: a difference too small to mean
anything stays small.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.encoder import FloatArray


@dataclass(frozen=True, slots=True)
class Weights:
    """What each channel counts; they need not sum to one.

    Chosen on the development questions with `python -m eval tune`.

    Attributes:
        dense: Of the sentence vectors.
        terms: Of BM25, where the passages meet the whole question.
        late: Of late interaction.
        function_words: Weight of a question token outside its content words within late interaction, 0 to 1.
    """

    dense: float = 0.2
    terms: float = 0.6
    late: float = 0.2
    function_words: float = 0.5


# Least spread taken: half of what each channel shows on XQuAD; terms per unit of the question's term weight.
_LEAST_DENSE, _LEAST_TERMS, _LEAST_LATE = 0.05, 0.02, 0.035


def fuse(
    dense: FloatArray, terms: FloatArray, late: FloatArray, coverage: FloatArray, weights: Weights
) -> FloatArray:
    """Fuse the scores of one question's candidates.

    Args:
        dense: Cosines, float32 of shape (n,).
        terms: BM25 scores over the question's term weight, float32 of shape (n,).
        late: MaxSim scores, float32 of shape (n,).
        coverage: Share of the question's term weight met, float32 of shape (n,).
        weights: Of the channels.

    Returns:
        Fused scores, float32 of shape (n,), mean 0.
    """
    covered = float(coverage.max(initial=0))
    fused: FloatArray = (
        weights.dense * _z(dense, _LEAST_DENSE)
        + weights.terms * covered * _z(terms, _LEAST_TERMS)
        + weights.late * _z(late, _LEAST_LATE)
    )
    return fused


def _z(scores: FloatArray, least: float) -> FloatArray:
    if not len(scores):
        return scores
    z: FloatArray = (scores - scores.mean()) / max(float(scores.std()), least)
    return z
