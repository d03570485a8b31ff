"""The facade: passages in, ranked hits out; build, update, search, save, load."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from corpus.statement import Passage
from index import storage
from index.encoder import Encoder
from index.fusion import Weights
from index.matches import Match, match
from index.stems import STEMS_VERSION
from index.terms import primary
from index.texts import Candidates, Progress, Rows, Texts, key

Channel = Literal["fused", "dense", "terms", "late"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found.

    Attributes:
        passage: The passage.
        score: In the channel asked for; a fused score compares only within one search.
        dense: Cosine of the sentence vectors, -1 to 1.
        late: Weighted mean over the question's tokens of the best cosine in the passage, -1 to 1.
        terms: BM25 score, 0 and up.
        coverage: Share of the question's term weight met in the passage, 0 to 1.
        matches: The words that met, in the order of the question.
    """

    passage: Passage
    score: float
    dense: float
    late: float
    terms: float
    coverage: float
    matches: tuple[Match, ...]


class PassageIndex:
    """Passages that can be searched; it does not change once made."""

    def __init__(
        self, passages: Sequence[Passage], texts: Texts, encoder: Encoder, weights: Weights | None = None
    ) -> None:
        """Put the parts together; use `build` or `load`."""
        self.passages = tuple(passages)
        self.encoder = encoder
        self.weights = weights or Weights()
        self._texts = texts

    @classmethod
    def build(
        cls,
        passages: Iterable[Passage],
        encoder: Encoder,
        *,
        progress: Progress | None = None,
        weights: Weights | None = None,
    ) -> PassageIndex:
        """Encode passages and count their terms.

        Args:
            passages: In the order that breaks ties between equal scores.
            encoder: Makes the vectors, and later those of the questions.
            progress: Called with the number of texts encoded and of all to encode.
            weights: Of the channels; None is what was chosen on the development questions.
        """
        nothing = cls((), Texts.none(encoder), encoder, weights)
        return nothing.update(passages, progress=progress)

    def update(self, passages: Iterable[Passage], *, progress: Progress | None = None) -> PassageIndex:
        """The index of exactly these passages; texts known already are not encoded again."""
        passages = tuple(passages)
        texts = self._texts.changed(passages, self.encoder, progress)
        return PassageIndex(passages, texts, self.encoder, self.weights)

    def __len__(self) -> int:
        return len(self.passages)

    @cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the model, the stems and the passages."""
        content = [self.encoder.fingerprint, STEMS_VERSION, [dataclasses.astuple(p) for p in self.passages]]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        language: str,
        statements: Collection[str] | None = None,
        channel: Channel = "fused",
    ) -> list[Hit]:
        """Find the best passages for a question.

        Args:
            question: In any language.
            k: At most so many.
            language: BCP 47 tag of the question.
            statements: Ids of the statements to search in; None is all. Ids without passages find nothing.
            channel: What to rank by.

        Returns:
            Hits, best first; passages of equal score in the order they were given.

        Raises:
            ValueError: k is less than 1.
        """
        if k < 1:
            msg = f"asked for the {k} best passages: ask for at least 1"
            raise ValueError(msg)
        encoded, query = self.encoder.encode_query(question), self._texts.terms.query(question, language)
        allowed = self._rows(statements)
        found = self._texts.candidates(encoded, query, allowed, k, self.weights.function_words)
        scores = found.fused(self.weights) if channel == "fused" else getattr(found, channel)
        hits: list[Hit] = []
        first = np.array([self._places[row][0] for row in found.rows.tolist()], np.int64)
        for place in np.lexsort((first, -scores)).tolist():
            row = int(found.rows[place])
            passages = [
                p for p in self.passages_of(row) if statements is None or p.statement_id in statements
            ]
            text, own = passages[0].text, primary(passages[0].language)
            best = Hit(
                passages[0],
                score=float(scores[place]),
                dense=float(found.dense[place]),
                late=float(found.late[place]),
                terms=float(found.terms[place]),
                coverage=float(found.coverage[place]),
                matches=match(encoded, query, text, own, self._texts.tokens[row]),
            )
            hits.extend(dataclasses.replace(best, passage=passage) for passage in passages)
            if len(hits) >= k:
                break
        return hits[:k]

    def candidates(
        self, question: str, *, language: str, statements: Collection[str] | None = None, least: int = 1
    ) -> Candidates:
        """What the channels say before fusion, for choosing weights and for weighing evidence.

        Args:
            question: In any language.
            language: BCP 47 tag of the question.
            statements: As in `search`.
            least: So many candidates of each channel at least, where there are so many.
        """
        encoded, query = self.encoder.encode_query(question), self._texts.terms.query(question, language)
        allowed = self._rows(statements)
        return self._texts.candidates(encoded, query, allowed, least, self.weights.function_words)

    def passages_of(self, row: int) -> tuple[Passage, ...]:
        """The passages that share a candidate's text, in the order they were given."""
        return tuple(self.passages[place] for place in self._places[row])

    def save(self, folder: str | Path) -> None:
        """Write the index in one step; what was in the folder stays in force until then.

        Raises:
            StorageError: The folder cannot be written.
        """
        listed = [[p.statement_id, p.number, p.start, p.stop, p.language] for p in self.passages]
        rows = [self._texts.row_of[key(passage)] for passage in self.passages]
        texts = [self.passages[places[0]].text for places in self._places]
        content = {"passages": listed, "rows": rows, "texts": texts}
        facts = {
            "fingerprint": self.fingerprint,
            "model": self.encoder.name,
            "model_fingerprint": self.encoder.fingerprint,
            "dimensions": self.encoder.dimensions,
            "stems_version": STEMS_VERSION,
            "passages": len(self),
            "texts": len(texts),
            "tokens": len(self._texts.tokens.scales),
            "dense_search": self._texts.vectors.kind,
        }
        files = {"passages.json": json.dumps(content, ensure_ascii=False).encode(), **self._texts.files()}
        storage.write(Path(folder), self._texts.arrays(), files, facts)

    @classmethod
    def load(cls, folder: str | Path, encoder: Encoder, *, weights: Weights | None = None) -> PassageIndex:
        """Read what `save` wrote, after checking it.

        Raises:
            NoIndexError: The folder holds no index.
            StorageError: It is damaged, of a newer format, or made with another model.
        """
        generation = storage.read(Path(folder))
        facts = generation.facts
        if facts["model_fingerprint"] != encoder.fingerprint:
            msg = (
                f"the index in {folder} was built with model {facts['model']} ({facts['dimensions']} "
                f"dimensions, {facts['model_fingerprint'][:12]}), asked to search with {encoder.name} "
                f"({encoder.dimensions} dimensions, {encoder.fingerprint[:12]}): {storage.REMEDY}"
            )
            raise storage.StorageError(msg)
        if facts["stems_version"] != STEMS_VERSION:
            msg = (
                f"the index in {folder} holds stems of version {facts['stems_version']}, this program makes "
                f"version {STEMS_VERSION}: {storage.REMEDY}"
            )
            raise storage.StorageError(msg)
        content = json.loads(generation.data("passages.json"))
        passages = [
            Passage(statement, number, start, stop, content["texts"][row], language)
            for (statement, number, start, stop, language), row in zip(
                content["passages"], content["rows"], strict=True
            )
        ]
        return cls(passages, Texts.load(generation), encoder, weights)

    @cached_property
    def _places(self) -> list[list[int]]:
        """For each text, the places of its passages."""
        places: list[list[int]] = [[] for _ in self._texts.ids]
        for place, passage in enumerate(self.passages):
            places[self._texts.row_of[key(passage)]].append(place)
        return places

    @cached_property
    def _rows_by_statement(self) -> dict[str, set[int]]:
        rows: dict[str, set[int]] = {}
        for row, places in enumerate(self._places):
            for place in places:
                rows.setdefault(self.passages[place].statement_id, set()).add(row)
        return rows

    def _rows(self, statements: Collection[str] | None) -> Rows | None:
        """Texts that occur in some statements, ascending; None is all."""
        if statements is None:
            return None
        found: set[int] = set()
        return np.array(
            sorted(found.union(*(self._rows_by_statement.get(s, ()) for s in statements))), np.int64
        )
