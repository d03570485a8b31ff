"""Fusion of the three channels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index.fusion import Weights, fuse

cosines = st.integers(1, 30).flatmap(lambda n: arrays(np.float32, (4, n), elements=st.floats(0, 1, width=32)))


def row(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@given(cosines)
def test_fused_scores_are_finite_and_centred(channels):
    fused = fuse(*channels, Weights())
    assert np.isfinite(fused).all()
    assert fused.mean() == pytest.approx(0, abs=1e-3)


@given(cosines)
def test_order_does_not_matter(channels):
    turned = fuse(*channels[:, ::-1], Weights())
    np.testing.assert_allclose(turned[::-1], fuse(*channels, Weights()), atol=1e-3)


def test_by_hand():
    # Mean and deviation: dense 0.4 and 0.2, terms 0.2 and 0.2 (half covered), late 0.5 and 0.1.
    fused = fuse(row(0.6, 0.2), row(0, 0.4), row(0.6, 0.4), row(0, 0.5), Weights(0.2, 0.2, 0.6))
    np.testing.assert_allclose(fused, [0.2 - 0.1 + 0.6, -0.2 + 0.1 - 0.6], atol=1e-6)


def test_terms_that_meet_nothing_do_not_count():
    without = fuse(row(0.5, 0.1), row(0, 0), row(0.5, 0.1), row(0, 0), Weights())
    weightless = fuse(row(0.5, 0.1), row(0, 0), row(0.5, 0.1), row(0, 0), Weights(terms=0))
    np.testing.assert_array_equal(without, weightless)


@pytest.mark.parametrize("count", [0, 1, 2, 10])
def test_equal_passages_score_zero(count):
    same = np.full(count, 0.5, np.float32)
    assert fuse(same, same, same, same, Weights()).tolist() == [0] * count


def test_a_difference_too_small_to_mean_anything_stays_small():
    nearly = row(0.500, 0.501)
    fused = fuse(nearly, row(0, 0), nearly, row(0, 0), Weights())
    assert abs(fused).max() < 0.05


def test_a_channel_without_scores_leaves_the_ranking_to_the_others():
    fused = fuse(row(0.9, 0.1, 0.5), row(0, 0, 0), row(0, 0, 0), row(0, 0, 0), Weights())
    assert np.argsort(-fused).tolist() == [0, 2, 1]
