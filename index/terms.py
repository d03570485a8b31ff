"""Lexical search over stems, within a language and across languages.

Each passage is a row of stem counts in its own language. For a question, each of its terms gets its
*expected* count in every passage: the count itself in the same language, the counts of its possible
translations weighted by their probabilities otherwise (probabilistic structured queries; Darwish & Oard,
SIGIR 2003). BM25 runs on those, with one document frequency per question term over all languages, so that
passages of different languages compete on one scale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index import translation
from index.encoder import FloatArray
from index.stems import Stem, stems
from index.translation import Sounds, counterparts, table

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

K1 = 1.2
B = 0.75


@dataclass(frozen=True, slots=True)
class TermQuery:
    """A question's stems and what each may be called in the languages of the passages.

    Attributes:
        stems: Stems of the question, in its order.
        counterparts: Passage language -> question term -> passage term -> probability.
    """

    stems: tuple[Stem, ...]
    counterparts: dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True, slots=True)
class TermScores:
    """Scores of all passages for one question.

    Attributes:
        scores: BM25, float32 of shape (passages,).
        coverage: Share of the question's term weight met in each, float32 of shape (passages,), 0 to 1.
        weight: The question's term weight: the sum of its terms' idf.
    """

    scores: FloatArray
    coverage: FloatArray
    weight: float


class Terms:
    """Stem counts of passages in one or several languages."""

    def __init__(
        self, columns: Sequence[tuple[str, str]], counts: csr_array, languages: Sequence[str]
    ) -> None:
        """Take counts as they are; use `of` to make them.

        Args:
            columns: Language and stem of each column.
            counts: float32 of shape (passages, columns).
            languages: Primary language subtag of each passage.
        """
        self.columns = tuple(columns)
        self.counts = counts
        self.languages = tuple(languages)

    @classmethod
    def of(cls, texts: Sequence[str], languages: Sequence[str]) -> Terms:
        """Count the stems of texts, each in its language (primary subtag)."""
        from scipy.sparse import csr_array

        columns: dict[tuple[str, str], int] = {}
        indptr, indices, data = [0], list[int](), list[int]()
        for text, language in zip(texts, languages, strict=True):
            for term, count in Counter(stem.term for stem in stems(text, language)).items():
                indices.append(columns.setdefault((language, term), len(columns)))
                data.append(count)
            indptr.append(len(indices))
        shape = (len(texts), len(columns))
        counts = csr_array((np.array(data, np.float32), indices, indptr), shape)
        return cls(tuple(columns), counts, languages)

    def changed(self, kept: npt.NDArray[np.int64], added: Terms) -> Terms:
        """The kept rows, in that order, then those of `added`; stems left without a passage are dropped."""
        from scipy.sparse import coo_array, csr_array

        columns = {column: i for i, column in enumerate(self.columns)}
        moved = np.array([columns.setdefault(column, len(columns)) for column in added.columns], np.int64)
        old, new = self.counts[kept].tocoo(), added.counts.tocoo()
        rows = np.concatenate([old.coords[0], new.coords[0] + len(kept)])
        places = np.concatenate([old.coords[1], moved[new.coords[1]] if len(moved) else new.coords[1]])
        used, places = np.unique(places, return_inverse=True)
        names = list(columns)
        counts = coo_array(
            (np.concatenate([old.data, new.data]), (rows, places)),
            (len(kept) + new.shape[0], len(used)),
        )
        languages = [self.languages[row] for row in kept.tolist()]
        return Terms([names[i] for i in used.tolist()], csr_array(counts), (*languages, *added.languages))

    def query(self, question: str, language: str) -> TermQuery:
        """Look up the question's words (primary subtag of its language) in the languages of the passages."""
        language = primary(language)
        found = tuple(stems(question, language))
        return TermQuery(
            found,
            {
                own: {
                    term: {term: 1.0}
                    if own == language
                    else counterparts(term, table(language, own, translation.TABLES), columns, sounds)
                    for term in {stem.term for stem in found}
                }
                for own, (columns, sounds) in self._vocabularies.items()
            },
        )

    def score(self, query: TermQuery) -> TermScores:
        """Score all passages.

        The sum over the question's terms of idf · E / (E + k1·(1 - b + b·l)), with E the expected count, l
        the length of the passage in stems over the mean of its language, N the number of passages, df the sum
        of min(E, 1) and idf = ln(1 + (N - df + 0.5) / (df + 0.5)). In one language this is Lucene's BM25.
        """
        passages = len(self.languages)
        weights = Counter(stem.term for stem in query.stems)
        if not weights or not passages:
            return TermScores(np.zeros(passages, np.float32), np.zeros(passages, np.float32), 0.0)
        expected = self._expected(query, list(weights))
        df = np.minimum(expected, 1).sum(axis=0)
        idf = np.log1p((passages - df + 0.5) / (df + 0.5)) * np.fromiter(weights.values(), np.float32)
        saturated = expected / (expected + K1 * (1 - B + B * self._lengths[:, None]))
        met = np.minimum(expected, 1) @ idf / idf.sum()
        return TermScores((saturated @ idf).astype(np.float32), met.astype(np.float32), float(idf.sum()))

    def _expected(self, query: TermQuery, terms: list[str]) -> FloatArray:
        """Expected counts, float32 of shape (passages, terms)."""
        from scipy.sparse import coo_array

        entries = [
            (self._vocabularies[own][0][word], place, probability)
            for own, by_term in query.counterparts.items()
            for place, term in enumerate(terms)
            for word, probability in by_term[term].items()
            if word in self._vocabularies[own][0]
        ]
        columns, places, probabilities = zip(*entries, strict=True) if entries else ((), (), ())
        translation = coo_array(
            (np.array(probabilities, np.float32), (np.array(columns, np.int64), np.array(places, np.int64))),
            (len(self.columns), len(terms)),
        )
        expected: FloatArray = (self._by_column @ translation.tocsc()).toarray()
        return expected

    @cached_property
    def _vocabularies(self) -> dict[str, tuple[dict[str, int], Sounds]]:
        """For each language: column of each stem, and the stems by sound."""
        by_language: dict[str, dict[str, int]] = {language: {} for language in dict.fromkeys(self.languages)}
        for place, (language, term) in enumerate(self.columns):
            by_language[language][term] = place
        return {language: (columns, Sounds(columns)) for language, columns in by_language.items()}

    @cached_property
    def _by_column(self) -> csc_array:
        return self.counts.tocsc()

    @cached_property
    def _lengths(self) -> FloatArray:
        """Length of each passage in stems, over the mean of its language."""
        lengths = self.counts.sum(axis=1)
        languages = np.array(self.languages)
        for language in dict.fromkeys(self.languages):
            own = languages == language
            lengths[own] /= max(lengths[own].mean(), 1)
        return lengths.astype(np.float32)


def primary(language: str) -> str:
    """Primary subtag of a BCP 47 tag: `ru` of `ru-RU`."""
    return language.replace("_", "-").partition("-")[0].lower()
