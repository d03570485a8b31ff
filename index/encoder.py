"""Text to vectors: the protocol every encoder follows, and sentence-transformers behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One encoded text.

    Attributes:
        vector: Sentence vector, float32 of shape (dimensions,), unit length.
        tokens: Token vectors without special tokens, float32 of shape (n, token_dimensions), unit rows.
        spans: Character offsets of each token in the text, int32 of shape (n, 2).
        weights: Weight of each token in late interaction, float32 of shape (n,); all ones where not learned.
    """

    vector: FloatArray
    tokens: FloatArray
    spans: IntArray
    weights: FloatArray


class Encoder(Protocol):
    """Anything that turns questions and passages into vectors of one space."""

    @property
    def name(self) -> str:
        """Name or path it was asked for by."""

    @property
    def fingerprint(self) -> str:
        """Hash of what determines its vectors; an index answers only to the encoder that made it."""

    @property
    def dimensions(self) -> int:
        """Length of a sentence vector."""

    @property
    def token_dimensions(self) -> int:
        """Length of a token vector."""

    @property
    def max_tokens(self) -> int:
        """Longest text it sees whole, in its own tokens."""

    def count_tokens(self, text: str) -> int:
        """Number of tokens of `text`, special tokens not counted."""

    def encode_query(self, text: str) -> Encoded:
        """Encode one question (with the model's question prompt, where it has one)."""

    def encode_documents(self, texts: Iterable[str]) -> Iterator[Encoded]:
        """Encode passages in batches, in order, without holding all of them."""
