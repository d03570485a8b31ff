"""Sentence vectors under stable ids, and nearest-neighbour search over them with FAISS.

Exact inner product up to `EXACT_UP_TO` vectors; beyond that an inverted file: the vectors in about 2·sqrt(n)
cells, of which one eighth is visited. One core needs 10 ms for an exact search of 50,000 vectors of 384
dimensions and 17 ms for 100,000, about as long as encoding the question takes; more would be felt.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from index.encoder import FloatArray

if TYPE_CHECKING:
    import faiss

Ids = npt.NDArray[np.int64]
Kind = Literal["exact", "inverted file"]

EXACT_UP_TO = 100_000
_TRAINING_PER_CELL = 64  # vectors per cell that the cells are learned from
_VISITED = 8  # one cell in so many is visited


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest vectors: ids, int64 of shape (n,), and their inner products, float32 of shape (n,)."""

    ids: Ids
    scores: FloatArray


class Vectors:
    """An unchanging set of vectors, each under a 64-bit id of the caller's choice."""

    def __init__(self, searcher: faiss.Index) -> None:
        """Take a FAISS index that knows its ids; use `of` or `from_bytes`."""
        self._searcher = searcher

    @classmethod
    def of(cls, ids: Ids, vectors: FloatArray) -> Vectors:
        """Make the kind of index that suits the number of vectors.

        Args:
            ids: int64 of shape (n,), all different.
            vectors: float32 of shape (n, dimensions), unit rows.
        """
        faiss = _faiss()
        count, dimensions = vectors.shape
        cells = _cells(count)
        flat = faiss.IndexFlatIP(dimensions)
        if not cells:
            searcher = faiss.IndexIDMap2(flat)
        else:
            searcher = faiss.IndexIVFFlat(flat, dimensions, cells, faiss.METRIC_INNER_PRODUCT)
            searcher.set_direct_map_type(faiss.DirectMap.Hashtable)
            step = max(1, count // (cells * _TRAINING_PER_CELL))
            searcher.train(np.ascontiguousarray(vectors[::step]))
        searcher.add_with_ids(np.ascontiguousarray(vectors), ids)
        return cls(searcher)

    def __len__(self) -> int:
        return int(self._searcher.ntotal)

    @property
    def kind(self) -> Kind:
        """How it searches."""
        return "inverted file" if self._cells else "exact"

    @property
    def _cells(self) -> int:
        return int(getattr(self._searcher, "nlist", 0))

    def changed(self, kept: Ids, removed: Ids, added: Ids, vectors: FloatArray) -> Vectors:
        """A changed copy; made anew only where the size asks for other cells.

        Args:
            kept: Present ids that stay, int64.
            removed: Present ids that go, int64.
            added: New ids, int64 of shape (n,).
            vectors: Of those, float32 of shape (n, dimensions), unit rows.
        """
        wanted = _cells(len(kept) + len(added))
        if bool(wanted) != bool(self._cells) or not self._cells <= 2 * wanted <= 4 * self._cells:
            return Vectors.of(np.concatenate([kept, added]), np.concatenate([self[kept], vectors]))
        searcher = _faiss().clone_index(self._searcher)
        if len(removed):
            searcher.remove_ids(removed)
        if len(added):
            searcher.add_with_ids(np.ascontiguousarray(vectors), added)
        return Vectors(searcher)

    def __getitem__(self, ids: Ids) -> FloatArray:
        """Vectors of some ids, float32 of shape (len(ids), dimensions)."""
        if not len(ids):
            return np.zeros((0, self._searcher.d), np.float32)
        return self._searcher.reconstruct_batch(ids)

    def search(self, vector: FloatArray, k: int, allowed: Ids | None = None) -> Neighbours:
        """The k nearest to a vector, best first.

        Args:
            vector: float32 of shape (dimensions,), unit length.
            k: At most so many.
            allowed: Ids to search among; None is all. Others are passed over inside the search.
        """
        among = len(self) if allowed is None else len(allowed)
        k = min(k, among)
        if k <= 0:
            return Neighbours(np.zeros(0, np.int64), np.zeros(0, np.float32))
        faiss = _faiss()
        selector = None if allowed is None else faiss.IDSelectorBatch(allowed)
        if self._cells:
            # The fewer pass the filter, the more cells it takes to find k of them.
            visited = min(self._cells, math.ceil(self._cells / _VISITED * len(self) / among))
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=visited)
        else:
            parameters = faiss.SearchParameters(sel=selector)
        scores, ids = self._searcher.search(vector[None], k, params=parameters)
        found = ids[0] >= 0
        return Neighbours(ids[0][found], scores[0][found])

    def to_bytes(self) -> bytes:
        """In FAISS's own format."""
        return bytes(_faiss().serialize_index(self._searcher))

    @classmethod
    def from_bytes(cls, data: bytes) -> Vectors:
        """From what `to_bytes` gave."""
        return cls(_faiss().deserialize_index(np.frombuffer(data, np.uint8)))


def _cells(count: int) -> int:
    """Cells for so many vectors; 0 is exact search."""
    return 0 if count <= EXACT_UP_TO else 2 * math.isqrt(count)


def _faiss() -> ModuleType:
    import faiss

    if sys.platform == "darwin":  # two OpenMP runtimes in one process, FAISS's and torch's, deadlock there
        faiss.omp_set_num_threads(1)
    return faiss
