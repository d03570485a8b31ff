"""The facade: passages in, ranked hits out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from corpus.statement import Passage
from index.encoder import Encoder, FloatArray

Channel = Literal["fused", "dense", "terms", "late"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Match:
    """A word of the question and the words of the passage it met.

    Attributes:
        question: Span of the word in the question.
        passage: Spans of its counterparts in the passage's text.
        weight: How sure, 0 to 1.
    """

    question: tuple[int, int]
    passage: tuple[tuple[int, int], ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, best first.

    Attributes:
        passage: The passage.
        score: Score in the channel asked for; comparable within one search only where fused.
        dense: Cosine of the sentence vectors, -1 to 1.
        late: Mean over the question's tokens of the best cosine in the passage, -1 to 1.
        terms: BM25 score, 0 and up.
        coverage: Share of the question's term weight (idf) met in the passage, 0 to 1.
        matches: The words that met.
    """

    passage: Passage
    score: float
    dense: float
    late: float
    terms: float
    coverage: float
    matches: tuple[Match, ...]


class PassageIndex:
    """Passages with their vectors."""

    def __init__(self, passages: tuple[Passage, ...], encoder: Encoder, vectors: FloatArray) -> None:
        self.passages = passages
        self.encoder = encoder
        self._vectors = vectors

    @classmethod
    def build(
        cls, passages: Iterable[Passage], encoder: Encoder, *, progress: Progress | None = None
    ) -> PassageIndex:
        """Encode passages."""
        passages = tuple(passages)
        rows = []
        for encoded in encoder.encode_documents([p.text for p in passages]):
            rows.append(encoded.vector)
            if progress:
                progress(len(rows), len(passages))
        vectors = np.stack(rows) if rows else np.zeros((0, encoder.dimensions), np.float32)
        return cls(passages, encoder, vectors)

    def update(self, passages: Iterable[Passage], *, progress: Progress | None = None) -> PassageIndex:
        """The index of exactly these passages."""
        return self.build(passages, self.encoder, progress=progress)

    def __len__(self) -> int:
        return len(self.passages)

    @property
    def fingerprint(self) -> str:
        """Hash of the model and the passages."""
        return hashlib.sha256(repr((self.encoder.fingerprint, self.passages)).encode()).hexdigest()

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        language: str,
        statements: Collection[str] | None = None,
        channel: Channel = "fused",
    ) -> list[Hit]:
        """The best k passages."""
        encoded = self.encoder.encode_query(question)
        scores = self._vectors @ encoded.vector
        order = np.argsort(-scores, kind="stable")
        kept = [i for i in order if statements is None or self.passages[i].statement_id in statements]
        return [
            Hit(self.passages[i], float(scores[i]), float(scores[i]), 0.0, 0.0, 0.0, ()) for i in kept[:k]
        ]
