"""Late interaction: MaxSim over compressed token vectors."""

from __future__ import annotations

import numpy as np
import pytest

from index import late_interaction
from index.encoder import Encoded
from index.late_interaction import CompressedTokens, TokenStore


def encoded(tokens: list[list[float]], weights: list[float] | None = None) -> Encoded:
    rows = np.array(tokens, np.float32).reshape(-1, 3)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    spans = np.array([(i, i + 1) for i in range(len(rows))], np.int32).reshape(-1, 2)
    return Encoded(np.zeros(3, np.float32), rows, spans, np.array(weights or [1.0] * len(rows), np.float32))


def store(*passages: Encoded) -> TokenStore:
    return TokenStore.of([CompressedTokens.of(passage) for passage in passages], 3)


ONE, TWO = [1, 0, 0], [0, 1, 0]
BETWEEN = [0.6, 0.8, 0]


def test_maxsim_by_hand():
    # Of the tokens ONE and TWO, BETWEEN meets 0.6 and 0.8: the mean is 0.7; with weights 3 and 1, 0.65.
    question = encoded([ONE, TWO])
    tokens = store(encoded([BETWEEN]), encoded([ONE, BETWEEN, TWO]), encoded([[-1, 0, 0]]))
    rows = np.arange(3)
    np.testing.assert_allclose(tokens.score(question, question.weights, rows), [0.7, 1, -0.5], atol=0.01)
    np.testing.assert_allclose(
        tokens.score(question, np.array([3, 1], np.float32), rows[:1]), [0.65], atol=0.01
    )


def test_blocks_do_not_change_the_scores(monkeypatch):
    rng = np.random.default_rng(3)
    passages = [encoded(rng.normal(size=(size, 3)).tolist()) for size in rng.integers(0, 9, 60)]
    question, rows = encoded(rng.normal(size=(5, 3)).tolist()), rng.permutation(60)
    whole = store(*passages).score(question, question.weights, rows)
    monkeypatch.setattr(late_interaction, "_BLOCK", 4)
    blocks = store(*passages).score(question, question.weights, rows)
    np.testing.assert_allclose(blocks, whole, atol=1e-6)


def test_equals_maxsim_over_the_uncompressed_vectors():
    rng = np.random.default_rng(4)
    passages = [encoded(rng.normal(size=(size, 3)).tolist()) for size in rng.integers(1, 9, 30)]
    question = encoded(rng.normal(size=(5, 3)).tolist())
    plain = [(question.tokens @ passage.tokens.T).max(axis=1).mean() for passage in passages]
    scores = store(*passages).score(question, question.weights, np.arange(30))
    np.testing.assert_allclose(scores, plain, atol=0.01)


@pytest.mark.parametrize(("question", "passage"), [([], [ONE]), ([ONE], []), ([], [])])
def test_without_tokens_on_one_side_the_score_is_zero(question, passage):
    asked = encoded(question)
    assert store(encoded(passage)).score(asked, asked.weights, np.array([0])).tolist() == [0]


def test_tokens_without_weight_are_not_stored():
    assert store(encoded([ONE, TWO], [1, 0]))[0].spans.tolist() == [[0, 1]]


def test_each_passage_gets_its_own_tokens_back():
    tokens = store(encoded([ONE]), encoded([]), encoded([TWO, BETWEEN]))
    assert len(tokens) == 3
    assert [len(tokens[row].scales) for row in range(3)] == [1, 0, 2]
    np.testing.assert_allclose(tokens[2].vectors, [TWO, BETWEEN], atol=0.01)


def test_changed_equals_made_anew():
    one, two, three = encoded([ONE]), encoded([TWO, ONE]), encoded([BETWEEN])
    changed = store(one, two).changed(np.array([1]), [CompressedTokens.of(three)])
    anew = store(two, three)
    for ours, other in zip((changed[0], changed[1]), (anew[0], anew[1]), strict=True):
        np.testing.assert_array_equal(ours.codes, other.codes)
        np.testing.assert_array_equal(ours.spans, other.spans)


def test_no_passages():
    empty = TokenStore.of([], 3)
    assert len(empty) == 0
    assert empty.codes.shape == (0, 3)
