"""Which words of a question met which words of a passage, so that a reader sees why it was found.

Two words meet when they share a stem or one is a known translation of the other, or when their token vectors
are each other's best in the two texts (mutual best, as in SimAlign; Jalili Sabet et al., Findings of EMNLP
2020). Function words and punctuation have no stem and are never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encoder import Encoded, FloatArray, IntArray
from index.late_interaction import CompressedTokens
from index.stems import Stem, stems
from index.terms import TermQuery

Span = tuple[int, int]

_LEAST_PROBABILITY = 0.1
_LEAST_COSINE = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A word of the question and the words of the passage it met.

    Attributes:
        question: Span of the word in the question.
        passage: Spans of its counterparts in the passage's text, in order, not overlapping.
        weight: How sure, 0 to 1: the probability of the translation, or the cosine, whichever is higher.
    """

    question: Span
    passage: tuple[Span, ...]
    weight: float


def match(
    question: Encoded, query: TermQuery, text: str, language: str, tokens: CompressedTokens
) -> tuple[Match, ...]:
    """Find the words that met.

    Args:
        question: The question's token vectors.
        query: The question's stems and their counterparts in the passage's language.
        text: The passage's text.
        language: Its language (primary subtag).
        tokens: Its token vectors.

    Returns:
        Matches in the order of the question, at most one for each of its words.
    """
    words = stems(text, language)
    sure = np.zeros((len(query.stems), len(words)), np.float32)
    known = query.counterparts.get(language, {})
    for i, asked in enumerate(query.stems):
        translations = known.get(asked.term, {})
        sure[i] = [translations.get(word.term, 0.0) for word in words]
    sure[sure < _LEAST_PROBABILITY] = 0
    sure = np.maximum(sure, _aligned(question, query.stems, tokens, words))
    return tuple(
        Match((asked.start, asked.stop), _merged(words, np.flatnonzero(row)), min(1.0, float(row.max())))
        for asked, row in zip(query.stems, sure, strict=True)
        if row.any()
    )


def _aligned(
    question: Encoded, asked: Sequence[Stem], tokens: CompressedTokens, words: Sequence[Stem]
) -> FloatArray:
    """Cosines of the words that are each other's best, float32 of shape (asked, words); 0 elsewhere."""
    if not (len(asked) and len(words) and len(question.tokens) and len(tokens.scales)):
        return np.zeros((len(asked), len(words)), np.float32)
    cosines = _word_means(question.tokens @ tokens.vectors.T, question.spans, tokens.spans, asked, words)
    mutual = (cosines == cosines.max(axis=1, keepdims=True)) & (cosines == cosines.max(axis=0, keepdims=True))
    return np.where(mutual & (cosines >= _LEAST_COSINE), cosines, 0)


def _word_means(
    cosines: FloatArray, rows: IntArray, columns: IntArray, asked: Sequence[Stem], words: Sequence[Stem]
) -> FloatArray:
    """From token cosines to word cosines: the mean over a word's tokens of the best in the other word."""
    inside = _inside(columns, words)
    best = np.full((len(cosines), len(words)), -1.0, np.float32)
    for place, members in enumerate(inside):
        if members.any():
            best[:, place] = cosines[:, members].max(axis=1)
    means = np.full((len(asked), len(words)), -1.0, np.float32)
    for place, members in enumerate(_inside(rows, asked)):
        if members.any():
            means[place] = best[members].mean(axis=0)
    return means


def _inside(spans: IntArray, words: Sequence[Stem]) -> npt.NDArray[np.bool_]:
    """Which tokens lie in which words, bool of shape (words, tokens)."""
    edges = np.array([(word.start, word.stop) for word in words], np.int32)
    return (spans[None, :, 0] < edges[:, 1:]) & (spans[None, :, 1] > edges[:, :1])


def _merged(words: Sequence[Stem], places: npt.NDArray[np.int64]) -> tuple[Span, ...]:
    """Spans of some words; those that overlap (Chinese character pairs) become one."""
    spans: list[Span] = []
    for word in (words[place] for place in places.tolist()):
        if spans and word.start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(word.stop, spans[-1][1])
        else:
            spans.append((word.start, word.stop))
    return tuple(spans)
