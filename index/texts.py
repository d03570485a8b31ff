"""The different texts of an index, one row each, as seen by the three channels.

Equal texts of one language are one row, however many passages they occur in: the boilerplate of many
statements is encoded, stored and scored once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from corpus.statement import Passage
from index.encoder import Encoded, Encoder, FloatArray
from index.fusion import Weights, fuse
from index.late_interaction import CompressedTokens, TokenStore
from index.storage import Generation
from index.terms import TermQuery, Terms, primary
from index.vectors import Vectors

Rows = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]

WHOLE_UP_TO = 500  # rows; so few are all scored by late interaction
CANDIDATES = 100  # of dense search and of terms each, among more


@dataclass(frozen=True, slots=True)
class Candidates:
    """One question's candidates and what the channels say of them, before fusion; arrays of shape (n,).

    Attributes:
        rows: Their rows, int64, ascending.
        dense: Cosines, float32, -1 to 1.
        terms: BM25 scores, float32, 0 and up.
        coverage: Share of the question's term weight met, float32, 0 to 1.
        late: MaxSim scores, float32, -1 to 1.
        term_weight: The question's term weight.
    """

    rows: Rows
    dense: FloatArray
    terms: FloatArray
    coverage: FloatArray
    late: FloatArray
    term_weight: float

    def fused(self, weights: Weights) -> FloatArray:
        """One score for each candidate, float32 of shape (n,)."""
        return fuse(self.dense, self.terms / max(self.term_weight, 1e-9), self.late, self.coverage, weights)


@dataclass(frozen=True)
class Texts:
    """Different texts with their vectors, tokens and terms.

    Attributes:
        ids: Key of each row, int64 of shape (rows,).
        vectors: Sentence vectors under those ids.
        tokens: Token vectors, by row.
        terms: Stem counts, by row.
    """

    ids: Rows
    vectors: Vectors
    tokens: TokenStore
    terms: Terms

    @classmethod
    def none(cls, encoder: Encoder) -> Texts:
        """No texts yet."""
        ids = np.zeros(0, np.int64)
        vectors = Vectors.of(ids, np.zeros((0, encoder.dimensions), np.float32))
        return cls(ids, vectors, TokenStore.of([], encoder.token_dimensions), Terms.of([], []))

    def changed(self, passages: Iterable[Passage], encoder: Encoder, progress: Progress | None) -> Texts:
        """The texts of exactly these passages; only those not known yet are encoded."""
        wanted = {key(passage): passage for passage in passages}
        added = {id_: passage for id_, passage in wanted.items() if id_ not in self.row_of}
        stays = np.isin(self.ids, np.fromiter(wanted, np.int64, len(wanted)))
        kept = np.flatnonzero(stays)
        texts = [passage.text for passage in added.values()]
        vectors = np.zeros((len(texts), encoder.dimensions), np.float32)
        tokens = []
        for row, encoded in enumerate(encoder.encode_documents(texts)):
            vectors[row] = encoded.vector
            tokens.append(CompressedTokens.of(encoded))
            if progress:
                progress(row + 1, len(texts))
        ids = np.fromiter(added, np.int64, len(added))
        counted = Terms.of(texts, [primary(passage.language) for passage in added.values()])
        return Texts(
            np.concatenate([self.ids[kept], ids]),
            self.vectors.changed(self.ids[stays], self.ids[~stays], ids, vectors),
            self.tokens.changed(kept, tokens),
            self.terms.changed(kept, counted),
        )

    def candidates(
        self, question: Encoded, query: TermQuery, allowed: Rows | None, least: int, function_words: float
    ) -> Candidates:
        """Choose candidates and score them in every channel.

        Args:
            question: The question's vectors.
            query: Its terms.
            allowed: Rows to choose from, ascending; None is all.
            least: So many of each channel at least, where there are so many.
            function_words: Weight of the tokens that belong to no term.
        """
        terms = self.terms.score(query)
        rows = np.arange(len(self.ids)) if allowed is None else allowed
        if len(rows) > WHOLE_UP_TO:
            count = max(CANDIDATES, least)
            among = None if allowed is None else self.ids[allowed]
            near = [self.row_of[i] for i in self.vectors.search(question.vector, count, among).ids.tolist()]
            lexical = rows[np.argsort(-terms.scores[rows], kind="stable")[:count]]
            rows = np.union1d(np.array(near, np.int64), lexical[terms.scores[lexical] > 0])
        content = np.array(
            [
                any(start < stem.stop and stop > stem.start for stem in query.stems)
                for start, stop in question.spans
            ],
            bool,
        )
        weights = question.weights * np.where(content, 1, function_words).astype(np.float32)
        return Candidates(
            rows,
            self.vectors[self.ids[rows]] @ question.vector,
            terms.scores[rows],
            terms.coverage[rows],
            self.tokens.score(question, weights, rows),
            terms.weight,
        )

    @cached_property
    def row_of(self) -> dict[int, int]:
        """Row of each key."""
        return {id_: row for row, id_ in enumerate(self.ids.tolist())}

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What goes to disk as arrays."""
        counts = self.terms.counts
        return {
            "ids": self.ids,
            "token-codes": self.tokens.codes,
            "token-scales": self.tokens.scales,
            "token-spans": self.tokens.spans,
            "token-starts": self.tokens.starts,
            "term-counts": counts.data,
            "term-columns": counts.indices.astype(np.int32),
            "term-starts": counts.indptr.astype(np.int64),
        }

    def files(self) -> dict[str, bytes]:
        """What goes to disk as files."""
        terms = {"columns": self.terms.columns, "languages": self.terms.languages}
        return {
            "vectors.faiss": self.vectors.to_bytes(),
            "terms.json": json.dumps(terms, ensure_ascii=False).encode(),
        }

    @classmethod
    def load(cls, generation: Generation) -> Texts:
        """From disk; the token vectors stay there until they are asked for."""
        from scipy.sparse import csr_array

        terms = json.loads(generation.data("terms.json"))
        columns = [(language, term) for language, term in terms["columns"]]
        parts = (generation.array(f"term-{part}") for part in ("counts", "columns", "starts"))
        counts = csr_array(tuple(np.array(part) for part in parts), (len(terms["languages"]), len(columns)))
        names = ("codes", "scales", "spans", "starts")
        return cls(
            np.array(generation.array("ids")),
            Vectors.from_bytes(generation.data("vectors.faiss")),
            TokenStore(*(generation.array(f"token-{name}") for name in names)),
            Terms(columns, counts, terms["languages"]),
        )


def key(passage: Passage) -> int:
    """A text's id: 63 bits of the SHA-256 of its language and its characters."""
    digest = hashlib.sha256(f"{primary(passage.language)}\0{passage.text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
