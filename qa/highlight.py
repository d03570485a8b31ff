"""Which sentences of a quote answer the question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corpus.sentences import sentences
from index.encoder import Encoded, Encoder
from qa.answer import Span

CLOSE = 0.97
"""A sentence whose score reaches this share of the best one's is marked too."""


def highlight(
    question: Encoded, quotes: Sequence[tuple[str, str]], encoder: Encoder
) -> list[tuple[Span, ...]]:
    """Find the sentences that answer, by late interaction between the question and each sentence on its own.

    Args:
        question: The encoded question.
        quotes: Text and language of each quote.
        encoder: The encoder of the question.

    Returns:
        For each quote, spans inside its text, in order; one at least where the quote has a sentence.
    """
    spans = [sentences(text, language) for text, language in quotes]
    texts = [
        text[start:stop]
        for (text, _), found in zip(quotes, spans, strict=True)
        if len(found) > 1
        for start, stop in found
    ]
    scores = iter([_score(question, sentence) for sentence in encoder.encode_documents(texts)])
    marked: list[tuple[Span, ...]] = []
    for found in spans:
        if len(found) < 2:
            marked.append(tuple(found))
            continue
        scored = np.array([next(scores) for _ in found])
        bar = scored.max() - (1 - CLOSE) * abs(scored.max())
        marked.append(tuple(span for span, score in zip(found, scored, strict=True) if score >= bar))
    return marked


def _score(question: Encoded, sentence: Encoded) -> float:
    """Mean over the question's tokens of the best cosine in the sentence, and the cosine of the whole."""
    dense = float(question.vector @ sentence.vector)
    if not question.weights.any() or not len(sentence.tokens):
        return dense
    best = (question.tokens @ sentence.tokens.T).max(axis=1)
    return dense + float(np.average(best, weights=question.weights))
