"""Translation tables: p(stem of a passage | stem of a question), learned from aligned stems of parallel text.

A passage's counts become expected counts of the question language's words through such a table (probabilistic
structured queries, Darwish & Oard 2003).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from index.stems import STEMS_VERSION, stems
from index.training.alignment import link_counts
from index.training.data import SentencePair
from index.training.settings import LANGUAGES, Table

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """Weighted link counts between the stems of two languages; rows and columns in sorted order."""

    rows: list[str]
    columns: list[str]
    links: sp.csr_array


def learn_tables(pairs: Sequence[SentencePair], folder: Path, settings: Table) -> dict[str, int]:
    """Learn and write all tables: every language to Russian and to English.

    Args:
        pairs: Sentence pairs and dictionary entries.
        folder: Where `{question language}-{passage language}.npz` go.
        settings: Thresholds.

    Returns:
        How many entries each table has.
    """
    folder.mkdir(parents=True, exist_ok=True)
    english: dict[str, Counts] = {}
    sizes: dict[str, int] = {}
    for language in LANGUAGES:
        if language != "en":
            english[language] = count_links(pairs, language, "en", settings)
            log.info("%s-en: %d links", language, english[language].links.nnz)
    russian_of_english = transposed(english["ru"])
    for language in LANGUAGES:
        if language != "en":
            path = folder / f"{language}-en.npz"
            sizes[path.stem] = _write(english[language], path, settings, settings.most_rows_to_english)
        if language == "en":
            path = folder / "en-ru.npz"
            sizes[path.stem] = _write(russian_of_english, path, settings, settings.most_rows_from_english)
        elif language != "ru":
            direct = count_links(pairs, language, "ru", settings)
            joined = added(direct, through(english[language], russian_of_english, settings))
            path = folder / f"{language}-ru.npz"
            sizes[path.stem] = _write(joined, path, settings, settings.most_rows)
    return sizes


def count_links(pairs: Sequence[SentencePair], language: str, target: str, settings: Table) -> Counts:
    """Align the stems of all pairs of two languages, whichever side either is on."""
    texts = [(p.text, p.target) for p in pairs if (p.language, p.target_language) == (language, target)]
    texts += [(p.target, p.text) for p in pairs if (p.language, p.target_language) == (target, language)]
    stemmed = dict.fromkeys(  # forms of a word share a stem: once is enough
        (_terms(text, language), _terms(other, target)) for text, other in texts
    )
    sides = [(one, other) for one, other in stemmed if 0 < len(one) <= settings.most_stems >= len(other) > 0]
    rows = sorted({term for one, _ in sides for term in one})
    columns = sorted({term for _, other in sides for term in other})
    if not sides:
        return Counts([], [], sp.csr_array((0, 0)))
    row_of = {term: at for at, term in enumerate(rows)}
    column_of = {term: at for at, term in enumerate(columns)}
    links = link_counts(
        [[row_of[term] for term in one] for one, _ in sides],
        [[column_of[term] for term in other] for _, other in sides],
        (len(rows), len(columns)),
        settings.one_way_weight,
    )
    return Counts(rows, columns, links)


def _terms(text: str, language: str) -> tuple[str, ...]:
    return tuple(stem.term for stem in stems(text, language))


def transposed(counts: Counts) -> Counts:
    """The other direction."""
    return Counts(counts.columns, counts.rows, sp.csr_array(counts.links.T))


def probabilities(counts: Counts, settings: Table) -> sp.csr_array:
    """p(column | row) sharpened by the other direction: sqrt(p(c|r) p(r|c)), rows brought to sum 1."""
    links = sp.coo_array(counts.links)
    rows = np.maximum(np.asarray(counts.links.sum(axis=1)).ravel(), 1e-9) + settings.doubt
    columns = np.maximum(np.asarray(counts.links.sum(axis=0)).ravel(), 1e-9) + settings.doubt
    row, column = links.coords
    both = np.sqrt((links.data / rows[row]) * (links.data / columns[column]))
    sharpened = sp.csr_array(sp.coo_array((both, (row, column)), shape=links.shape))
    sums = np.asarray(sharpened.sum(axis=1)).ravel()
    return sp.csr_array(sp.diags_array(1 / np.maximum(sums, 1e-9)) @ sharpened)


def through(first: Counts, second: Counts, settings: Table) -> Counts:
    """Counts of two languages by way of a third: a row's links, spread over what they lead to."""
    shared = {term: at for at, term in enumerate(second.rows)}
    rows, columns = zip(
        *[(at, shared[term]) for at, term in enumerate(first.columns) if term in shared], strict=True
    )
    bridge = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(first.columns), len(second.rows)))
    spread = _largest(probabilities(second, settings), settings)
    weighted = sp.csr_array(_largest(probabilities(first, settings), settings) @ bridge @ spread)
    evidence = np.asarray(first.links.sum(axis=1)).ravel()
    return Counts(first.rows, second.columns, sp.csr_array(sp.diags_array(evidence) @ weighted))


def added(one: Counts, other: Counts) -> Counts:
    """The sum of two counts over the union of their terms."""
    rows = sorted({*one.rows, *other.rows})
    columns = sorted({*one.columns, *other.columns})
    row_of = {term: at for at, term in enumerate(rows)}
    column_of = {term: at for at, term in enumerate(columns)}
    links = sp.csr_array((len(rows), len(columns)))
    for part in (one, other):
        entries = sp.coo_array(part.links)
        row = np.array([row_of[term] for term in part.rows], dtype=np.int64)[entries.coords[0]]
        column = np.array([column_of[term] for term in part.columns], dtype=np.int64)[entries.coords[1]]
        links = links + sp.csr_array(sp.coo_array((entries.data, (row, column)), shape=links.shape))
    return Counts(rows, columns, sp.csr_array(links))


def _largest(table: sp.csr_array, settings: Table) -> sp.csr_array:
    """Only the few largest entries of each row, none under the smallest probability."""
    entries = sp.coo_array(table)
    row, column = entries.coords
    order = np.lexsort((-entries.data, row))
    row, column, value = row[order], column[order], entries.data[order]
    starts = np.searchsorted(row, row)
    kept = (np.arange(len(row)) - starts < settings.most_translations) & (
        value >= settings.smallest_probability
    )
    return sp.csr_array(sp.coo_array((value[kept], (row[kept], column[kept])), shape=table.shape))


def _write(counts: Counts, path: Path, settings: Table, most_rows: int) -> int:
    """Write the rows with most evidence, at most so many."""
    table = _largest(probabilities(counts, settings), settings)
    evidence = np.asarray(counts.links.sum(axis=1)).ravel() * (np.diff(table.indptr) > 0)
    used_rows = np.sort(np.argsort(-evidence, kind="stable")[: min(most_rows, np.count_nonzero(evidence))])
    table = sp.csr_array(table[used_rows])
    used_columns = np.unique(table.indices)
    table = sp.csr_array(table[:, used_columns])
    table.sort_indices()
    np.savez_compressed(
        path,
        question_terms=np.array([counts.rows[row] for row in used_rows]),
        passage_terms=np.array([counts.columns[column] for column in used_columns]),
        indptr=table.indptr.astype(np.int32),
        indices=table.indices.astype(np.int32),
        probabilities=table.data.astype(np.float16),
        stems_version=np.int32(STEMS_VERSION),
    )
    return int(table.nnz)
