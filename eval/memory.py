"""An encoder that remembers: in a run the same sentences come back with many questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from index.encoder import Encoded, Encoder


class RememberingEncoder:
    """Another encoder, asked once for a text as long as it is remembered; the vectors are its own."""

    def __init__(self, encoder: Encoder, *, limit: int = 4096) -> None:
        """Wrap an encoder.

        Args:
            encoder: The encoder to ask.
            limit: Most texts remembered; the oldest are forgotten first.
        """
        self._encoder = encoder
        self._limit = limit
        self._known: dict[tuple[Literal["query", "document"], str], Encoded] = {}

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint: what it remembers changes no vector."""
        return self._encoder.fingerprint

    @property
    def dimensions(self) -> int:
        """Length of a sentence vector."""
        return self._encoder.dimensions

    @property
    def token_dimensions(self) -> int:
        """Length of a token vector."""
        return self._encoder.token_dimensions

    @property
    def max_tokens(self) -> int:
        """Longest text it sees whole, in its own tokens."""
        return self._encoder.max_tokens

    def count_tokens(self, text: str) -> int:
        """Number of tokens of `text`."""
        return self._encoder.count_tokens(text)

    def encode_query(self, text: str) -> Encoded:
        """Encode one question."""
        key: tuple[Literal["query"], str] = ("query", text)
        if key not in self._known:
            self._known[key] = self._encoder.encode_query(text)
            self._forget()
        return self._known[key]

    def encode_documents(self, texts: Iterable[str]) -> Iterator[Encoded]:
        """Encode texts in order, holding all of them: meant for a few sentences, not for a collection."""
        texts = list(texts)
        new = list(dict.fromkeys(text for text in texts if ("document", text) not in self._known))
        for text, encoded in zip(new, self._encoder.encode_documents(new), strict=True):
            self._known["document", text] = encoded
        found = [self._known["document", text] for text in texts]
        self._forget()
        return iter(found)

    def _forget(self) -> None:
        while len(self._known) > self._limit:
            del self._known[next(iter(self._known))]
