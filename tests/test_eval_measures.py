"""Measures against numbers worked by hand and against reference libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from eval.measures import (
    MEASURES,
    auroc_interval,
    calibration_error,
    drop_p_value,
    holm,
    mean_interval,
    precision_by_coverage,
    reliability,
    score_questions,
    smallest_visible_drop,
)

shares = st.floats(0, 1, allow_nan=False, width=32)


def ranked(*documents: str) -> tuple[tuple[str, float], ...]:
    return tuple((document, 1.0) for document in documents)


def test_scores_are_those_worked_by_hand():
    # a answers (2), b is related (1). Ranking b, x, a: 1/log2(2) + 2/log2(4) = 2; ideal 2 + 1/log2(3).
    scores = score_questions({"q": {"a": 2, "b": 1}}, {"q": ranked("b", "x", "a")}, answer_grade=2)
    assert scores == {
        "q": pytest.approx({"nDCG@10": 2 / (2 + 1 / math.log2(3)), "R@1": 0, "R@5": 1, "RR": 1 / 3})
    }


def test_two_answers_share_the_recall():
    scores = score_questions({"q": {"a": 1, "b": 1}}, {"q": ranked("a", "x")}, answer_grade=1)
    assert scores["q"]["R@1"] == scores["q"]["R@5"] == 0.5


def test_equal_channel_scores_keep_their_order():
    documents = [f"d{i}" for i in range(10)]
    for answer in documents:
        scores = score_questions({"q": {answer: 1}}, {"q": ranked(*documents)}, answer_grade=1)
        assert scores["q"]["RR"] == pytest.approx(1 / (1 + documents.index(answer)))


def test_a_question_for_which_nothing_is_found_scores_zero():
    assert score_questions({"q": {"a": 1}}, {"q": ()}, answer_grade=1) == {"q": dict.fromkeys(MEASURES, 0.0)}


@given(st.lists(shares, min_size=2, max_size=30))
def test_an_interval_holds_its_mean_and_stays_within_the_values(values):
    interval = mean_interval(values)
    assert min(values) - 1e-9 <= interval.low <= interval.mean + 1e-9
    assert interval.mean - 1e-9 <= interval.high <= max(values) + 1e-9
    assert interval == mean_interval(values)


def test_one_value_says_nothing_and_none_is_refused():
    assert (mean_interval([1.0]).low, mean_interval([1.0]).high) == (0.0, 1.0)
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])


def test_the_interval_of_a_coin_is_that_of_the_normal_approximation():
    interval = mean_interval([0.0, 1.0] * 50)
    assert interval.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.015)
    assert interval.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.015)


@given(st.lists(shares, min_size=2, max_size=12), st.lists(shares, min_size=2, max_size=12))
def test_auroc_is_scikit_learns(positive, negative):
    labels = [1] * len(positive) + [0] * len(negative)
    found = auroc_interval(positive, negative)
    assert found.mean == pytest.approx(roc_auc_score(labels, positive + negative))
    assert 0 <= found.low <= found.mean + 1e-9 <= found.high + 2e-9


def test_reliability_worked_by_hand():
    figure = reliability([0.05, 0.95, 0.97, 1.0], [False, True, True, False])
    assert [(step.size, step.correct) for step in figure] == [(1, 0.0), (3, pytest.approx(2 / 3))]
    # (1 * |0.05 - 0| + 3 * |0.97333 - 0.66667|) / 4
    assert calibration_error(figure) == pytest.approx((0.05 + 3 * (2.92 / 3 - 2 / 3)) / 4)


def test_equal_confidences_are_one_point_of_the_curve():
    curve = precision_by_coverage([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert [(point.threshold, point.coverage, point.precision) for point in curve] == [
        (0.9, 0.25, 1.0),
        (0.5, 0.75, pytest.approx(2 / 3)),
        (0.1, 1.0, 0.5),
    ]


def test_the_p_value_is_exact_where_there_are_few_questions():
    # Of the 2^5 sign patterns only the observed one drops as much.
    assert drop_p_value([1.0] * 5, [0.5] * 5) == pytest.approx(1 / 32)
    assert drop_p_value([0.5] * 5, [1.0] * 5) == pytest.approx(1.0)
    assert drop_p_value([0.5] * 5, [0.5] * 5) == 1.0


def test_noise_is_seldom_significant():
    random = np.random.default_rng(7)
    found = [drop_p_value(*random.normal(0.8, 0.2, (2, 40)), seed=i) for i in range(100)]
    assert sum(p < 0.05 for p in found) <= 12
    assert drop_p_value([0.5] * 40, list(random.normal(0.45, 0.05, 40))) < 0.001


def test_holm_worked_by_hand():
    # Sorted .01 .02 .04 times 3, 2, 1 = .03 .04 .04, never falling.
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.9, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_smallest_visible_drop_is_visible_and_a_tenth_of_it_is_not():
    before = np.ones(200)
    size = smallest_visible_drop(before, before, tests=1)
    # Five questions have to fall before 2^-5 < 0.05: 5 * (1 - 1 / log2(3)) / 200.
    assert size == pytest.approx(5 * (1 - 1 / math.log2(3)) / 200)
    after = before.copy()
    after[:5] = 1 / math.log2(3)
    assert drop_p_value(before, after) < 0.05
    after[4] = 1.0
    assert drop_p_value(before, after) > 0.05


def test_more_noise_or_more_tests_hide_larger_drops():
    before = np.full(50, 0.8)
    noisy = before + np.tile([0.2, -0.2], 25)
    assert smallest_visible_drop(before, noisy, tests=1) > smallest_visible_drop(before, before, tests=1)
    assert smallest_visible_drop(before, noisy, tests=12) > smallest_visible_drop(before, noisy, tests=1)
