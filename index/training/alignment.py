"""Start vectors: a new word piece begins as the mean of the English pieces it is aligned with.

The alignment is eflomal's (Östling & Tiedemann 2016), over word pieces; the idea of starting a new
vocabulary from aligned vectors is WECHSEL's (Minixhofer et al. 2022).
"""

import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from index.training.settings import Alignment

Lines = Sequence[Sequence[int]]


def link_counts(source: Lines, target: Lines, shape: tuple[int, int], one_way_weight: float) -> sp.csr_array:
    """Align two lists of sentences and count how often each source term is linked to each target term.

    Args:
        source: Sentences as lists of term numbers.
        target: Their translations, likewise.
        shape: How many terms there are on either side.
        one_way_weight: What a link counts that only one direction of the alignment has (both: 1).

    Returns:
        Weighted counts, float64, `shape`.
    """
    from eflomal import Aligner  # type: ignore[import-untyped, import-not-found, unused-ignore]

    with tempfile.TemporaryDirectory() as folder:
        forward, backward = Path(folder, "forward"), Path(folder, "backward")
        Aligner(n_samplers=1).align(
            [" ".join(map(str, line)) for line in source],
            [" ".join(map(str, line)) for line in target],
            links_filename_fwd=str(forward),
            links_filename_rev=str(backward),
        )
        links = [_read_links(path, source) for path in (forward, backward)]
    source_terms = np.fromiter(chain.from_iterable(source), dtype=np.int64)
    target_terms = np.fromiter(chain.from_iterable(target), dtype=np.int64)
    target_starts = np.cumsum([0, *map(len, target)])[:-1]
    target_start_at = np.repeat(target_starts, [len(line) for line in source])
    both = np.intersect1d(links[0], links[1], assume_unique=True)
    either = np.union1d(links[0], links[1])
    counts = sp.csr_array(shape, dtype=np.float64)
    for keys, weight in ((either, one_way_weight), (both, 1 - one_way_weight)):
        place, offset = np.divmod(keys, _LONGEST)
        rows, columns = source_terms[place], target_terms[target_start_at[place] + offset]
        counts = counts + sp.csr_array(
            sp.coo_array((np.full(len(keys), weight), (rows, columns)), shape=shape)
        )
    return counts


_LONGEST = 1_024


def _read_links(path: Path, source: Lines) -> NDArray[np.int64]:
    """Each link as one number: source place in the whole text * _LONGEST + target place in the line."""
    per_line = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    flat = " ".join(chain.from_iterable(per_line)).replace("-", " ")
    places = np.array(flat.split(), dtype=np.int64).reshape(-1, 2)
    starts = np.cumsum([0, *map(len, source)])[:-1]
    from_places = np.repeat(starts, [len(line) for line in per_line]) + places[:, 0]
    return np.unique(from_places * _LONGEST + places[:, 1])


def neighbours(pieces: list[str], known: NDArray[np.bool_], many: int) -> sp.csr_array:
    """For each piece the known pieces spelled most like it; weights of a row sum to 1, or 0 if none is."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    spelled = [_spelling(piece) for piece in pieces]
    grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True, dtype=np.float32)
    features = grams.fit_transform(spelled)
    candidates = np.flatnonzero(known)
    others = features[candidates].T.tocsr()
    rows, columns, weights = [], [], []
    for start in range(0, len(pieces), 2_000):
        block = (features[start : start + 2_000] @ others).tocsr()
        for row in range(block.shape[0]):
            begin, end = block.indptr[row], block.indptr[row + 1]
            found, alike = candidates[block.indices[begin:end]], block.data[begin:end]
            alike = np.where(found == start + row, 0, alike)
            best = np.argsort(-alike)[:many]
            best = best[alike[best] > 0.3]
            if len(best):
                weight = alike[best] ** 4
                rows += [start + row] * len(best)
                columns += found[best].tolist()
                weights += (weight / weight.sum()).tolist()
    return sp.csr_array((weights, (rows, columns)), shape=(len(pieces), len(pieces)))


# Letters that be, uk, kk, ky and tg write where Russian writes others in words they share.
_AS_RUSSIAN = str.maketrans({
    "і": "и", "ї": "и", "є": "е", "ў": "в", "ґ": "г", "ұ": "у", "ү": "у", "қ": "к", "ғ": "г", "ң": "н",
    "ө": "о",     "ҳ": "х", "ҷ": "ж", "ӣ": "и", "ӯ": "у", "һ": "х", "ә": "а",
})  # fmt: skip


def _spelling(piece: str) -> str:
    if piece.startswith("##"):
        return piece[2:].translate(_AS_RUSSIAN) + "$"
    return "^" + piece.translate(_AS_RUSSIAN)


def start_vectors(
    counts: sp.csr_array,
    english_vectors: NDArray[np.float32],
    own: NDArray[np.bool_],
    alike: sp.csr_array,
    settings: Alignment,
) -> NDArray[np.float32]:
    """The expected English vector of each piece, mixed with those of its like where links are few.

    Args:
        counts: Weighted link counts, pieces x English pieces.
        english_vectors: The teacher's table in the order of the columns.
        own: Which rows are English pieces and keep their own vector (same row and column order).
        alike: Neighbours by spelling, rows summing to 1 or 0.
        settings: How much the neighbours count, in links.

    Returns:
        Vectors of all pieces; those of new pieces have the median length of the English ones.
    """
    evidence = np.asarray(counts.sum(axis=1)).ravel()
    sums = counts @ english_vectors
    means = sums / np.maximum(evidence, 1e-9)[:, None]
    has_alike = np.asarray(alike.sum(axis=1)).ravel()
    weight = settings.neighbour_weight * has_alike
    vectors = (sums + settings.neighbour_weight * (alike @ means)) / np.maximum(evidence + weight, 1e-9)[
        :, None
    ]
    unknown = evidence + weight < 1e-6
    vectors[unknown] = english_vectors[own].mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    usual = float(np.median(np.linalg.norm(english_vectors[own], axis=1)))
    vectors = vectors / np.maximum(lengths, 1e-9) * usual
    vectors[own] = english_vectors[own]
    start: NDArray[np.float32] = vectors.astype(np.float32)
    return start
