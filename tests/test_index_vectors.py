"""Dense search: what FAISS finds equals what a plain product finds, whatever kind of index was chosen."""

from __future__ import annotations

import numpy as np
import pytest

from index import vectors
from index.vectors import Vectors


@pytest.fixture(params=["exact", "inverted file"])
def kind(request, monkeypatch):
    if request.param == "inverted file":
        monkeypatch.setattr(vectors, "EXACT_UP_TO", 100)
    return request.param


def sample(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(count, 16)).astype(np.float32)
    ids = rng.choice(np.int64(2**62), count, replace=False) if count < 100 else rng.integers(1, 2**62, count)
    return ids, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_each_vector_is_its_own_nearest(kind):
    ids, rows = sample(1600)
    made = Vectors.of(ids, rows)
    assert made.kind == kind
    assert len(made) == 1600
    found = [made.search(row, 1) for row in rows[:20]]
    assert [near.ids[0] for near in found] == ids[:20].tolist()
    np.testing.assert_allclose([near.scores[0] for near in found], 1, atol=1e-5)


def test_exact_search_equals_a_product():
    ids, rows = sample(500)
    near = Vectors.of(ids, rows).search(rows[3], 10)
    order = np.argsort(-(rows @ rows[3]))[:10]
    assert near.ids.tolist() == ids[order].tolist()


def test_filter_is_applied_inside_the_search(kind):
    """The ten worst of all must come back when they alone are allowed."""
    ids, rows = sample(1600)
    worst = np.argsort(rows @ rows[0])[:10]
    near = Vectors.of(ids, rows).search(rows[0], 10, ids[worst])
    assert near.ids.tolist() == ids[worst[::-1]].tolist()


def test_vectors_come_back_by_id(kind):
    ids, rows = sample(1600)
    np.testing.assert_allclose(Vectors.of(ids, rows)[ids[[5, 2]]], rows[[5, 2]], atol=1e-6)


def test_changed_equals_made_anew(kind):
    ids, rows = sample(1600)
    changed = Vectors.of(ids[:1500], rows[:1500]).changed(ids[100:1500], ids[:100], ids[1500:], rows[1500:])
    assert changed.kind == kind
    assert len(changed) == 1500
    assert changed.search(rows[1550], 1).ids[0] == ids[1550]
    assert ids[0] not in changed.search(rows[0], 1500).ids


def test_changing_leaves_the_original_alone():
    ids, rows = sample(50)
    made = Vectors.of(ids, rows)
    made.changed(ids[:10], ids[10:], ids[:0], rows[:0])
    assert len(made) == 50
    assert made.search(rows[30], 1).ids[0] == ids[30]


def test_the_kind_follows_the_size(monkeypatch):
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 100)
    ids, rows = sample(1700)
    small = Vectors.of(ids[:90], rows[:90])
    assert small.kind == "exact"
    large = small.changed(ids[:90], ids[:0], ids[90:], rows[90:])
    assert large.kind == "inverted file"
    assert large.changed(ids[:80], ids[80:], ids[:0], rows[:0]).kind == "exact"
    assert large[ids[:1]] == pytest.approx(rows[:1])


def test_bytes_and_back(kind):
    ids, rows = sample(1600)
    made = Vectors.of(ids, rows)
    back = Vectors.from_bytes(made.to_bytes())
    assert back.kind == made.kind
    assert back.search(rows[9], 5).ids.tolist() == made.search(rows[9], 5).ids.tolist()


@pytest.mark.parametrize("allowed", [None, np.zeros(0, np.int64)], ids=["all", "none allowed"])
def test_nothing_to_find(allowed):
    ids, rows = sample(5)
    made = Vectors.of(ids[:0], rows[:0]) if allowed is None else Vectors.of(ids, rows)
    assert made.search(rows[0], 3, allowed).ids.size == 0
    assert made[ids[:0]].shape == (0, 16)


def test_more_asked_for_than_there_are():
    ids, rows = sample(5)
    assert len(Vectors.of(ids, rows).search(rows[0], 50).ids) == 5
