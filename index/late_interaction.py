"""Late interaction: every token of the question looks for its best token in the passage.

score = sum over question tokens i of w_i · max over passage tokens j of cos(q_i, p_j), over the sum of the
w_i (MaxSim; Khattab & Zaharia, ColBERT, SIGIR 2020; there without weights). Token vectors are kept as 8-bit
integers with a scale each: a quarter of the room, and on XQuAD nDCG@10 moved by less than 0.0005. Fewer
dimensions cost more (192 of 384: 0.003; 128: 0.010), so all are kept, unless the model projects them itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encoder import Encoded, FloatArray, IntArray

_BLOCK = 16_384  # tokens turned back into floats at a time: 25 MB at 384 dimensions


@dataclass(frozen=True, slots=True)
class TokenStore:
    """The token vectors of passages, compressed; the arrays may be memory-mapped.

    Attributes:
        codes: int8 of shape (tokens, dimensions); `codes * scales` are the unit vectors.
        scales: float32 of shape (tokens,).
        spans: Character offsets in the passage's text, int32 of shape (tokens, 2).
        starts: First token of each passage, and the end, int64 of shape (passages + 1,).
    """

    codes: npt.NDArray[np.int8]
    scales: FloatArray
    spans: IntArray
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, parts: Sequence[CompressedTokens], dimensions: int) -> TokenStore:
        """Put the compressed tokens of passages one after the other."""
        sizes = [len(part.scales) for part in parts]
        filled = [part for part in parts if len(part.scales)]
        if not filled:
            nothing = np.zeros((0, dimensions), np.int8), np.zeros(0, np.float32), np.zeros((0, 2), np.int32)
            return cls(*nothing, np.zeros(len(parts) + 1, np.int64))
        return cls(
            np.concatenate([part.codes for part in filled]),
            np.concatenate([part.scales for part in filled]),
            np.concatenate([part.spans for part in filled]),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> CompressedTokens:
        """The tokens of one passage."""
        tokens = slice(int(self.starts[row]), int(self.starts[row + 1]))
        return CompressedTokens(self.codes[tokens], self.scales[tokens], self.spans[tokens])

    def score(self, question: Encoded, weights: FloatArray, rows: npt.NDArray[np.int64]) -> FloatArray:
        """MaxSim of a question with some passages.

        Args:
            question: The question.
            weights: Weight of each of its tokens, float32 of shape (n,), not negative.
            rows: Numbers of the passages, int64 of shape (m,).

        Returns:
            Scores, float32 of shape (m,), -1 to 1; 0 where either side has no tokens.
        """
        scores = np.zeros(len(rows), np.float32)
        total = float(weights.sum())
        if total <= 0:
            return scores
        sizes = self.starts[rows + 1] - self.starts[rows]
        places = np.flatnonzero(sizes)
        for block in _blocks(sizes[places]):
            chosen = rows[places[block]]
            tokens = np.concatenate([np.arange(self.starts[row], self.starts[row + 1]) for row in chosen])
            cosines = self.codes[tokens].astype(np.float32) @ question.tokens.T
            cosines *= self.scales[tokens, None]
            begins = np.concatenate([[0], np.cumsum(sizes[places[block]])[:-1]])
            scores[places[block]] = np.maximum.reduceat(cosines, begins) @ weights / total
        return scores

    def changed(self, kept: npt.NDArray[np.int64], added: Sequence[CompressedTokens]) -> TokenStore:
        """The tokens of the kept passages, in that order, followed by those of `added`."""
        return TokenStore.of([*(self[row] for row in kept.tolist()), *added], self.codes.shape[1])


@dataclass(frozen=True, slots=True)
class CompressedTokens:
    """The token vectors of one passage; fields as in `TokenStore`."""

    codes: npt.NDArray[np.int8]
    scales: FloatArray
    spans: IntArray

    @classmethod
    def of(cls, encoded: Encoded) -> CompressedTokens:
        """Round each vector to 8 bits; tokens without weight are left out."""
        counted = encoded.weights > 0
        tokens = encoded.tokens[counted]
        scales = np.abs(tokens).max(axis=1, initial=1e-12) / 127
        codes = np.rint(tokens / scales[:, None]).astype(np.int8)
        return cls(codes, scales.astype(np.float32), encoded.spans[counted])

    @property
    def vectors(self) -> FloatArray:
        """Back to float32 of shape (n, dimensions)."""
        return self.codes.astype(np.float32) * self.scales[:, None]


def _blocks(sizes: npt.NDArray[np.int64]) -> Iterable[slice]:
    """Cut passages into runs of about `_BLOCK` tokens."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK, side="right")))
        yield slice(start, stop)
        start = stop
