"""Terms: Lucene's BM25 within a language, expected counts across languages, coverage."""

from __future__ import annotations

import math

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import translation
from index.stems import STEMS_VERSION, stems
from index.terms import K1, B, Terms

TEXTS = [
    "Государства приняли конвенцию о борьбе с терроризмом",
    "Конвенция вступила в силу в 2020 году, конвенция действует",
    "Организация осуждает терроризм и экстремизм во всех формах",
    "Переговоры о ценах на газ продолжаются",
]


@pytest.fixture
def terms() -> Terms:
    return Terms.of(TEXTS, ["ru"] * 4)


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """A table of two English words, in place of the learned ones."""
    np.savez(
        tmp_path / "en-ru.npz",
        question_terms=np.array(["convent", "terror"]),
        passage_terms=np.array(["конвенц", "терроризм", "экстремизм"]),
        indptr=np.array([0, 1, 3], np.int32),
        indices=np.array([0, 1, 2], np.int32),
        probabilities=np.array([0.5, 0.75, 0.25], np.float16),
        stems_version=STEMS_VERSION,
    )
    monkeypatch.setattr(translation, "TABLES", tmp_path)
    return tmp_path


words = st.sampled_from(["мир", "война", "договор", "право", "совет", "газ", "нефть", "границы", "союз"])
documents = st.lists(st.lists(words, min_size=1, max_size=12), min_size=2, max_size=12)


@given(documents, st.lists(words, min_size=1, max_size=5))
def test_equals_lucene_bm25(corpus, question):
    tokens = [[stem.term for stem in stems(" ".join(text), "ru")] for text in corpus]
    reference = bm25s.BM25(k1=K1, b=B, method="lucene")
    reference.index(tokens, show_progress=False)
    asked = [stem.term for stem in stems(" ".join(question), "ru")]
    ours = Terms.of([" ".join(text) for text in corpus], ["ru"] * len(corpus))
    scores = ours.score(ours.query(" ".join(question), "ru")).scores
    np.testing.assert_allclose(scores, reference.get_scores(asked), rtol=1e-4, atol=1e-5)


def test_coverage_is_one_where_every_term_is_met_and_zero_where_none_is(terms):
    found = terms.score(terms.query("конвенция о терроризме", "ru"))
    assert found.coverage[0] == pytest.approx(1)
    assert found.coverage[3] == 0
    assert found.scores[3] == 0
    assert found.scores.argmax() == 0


def test_a_word_unknown_to_all_counts_as_not_met(terms):
    # idf: "газ" is in 1 of 4 passages: ln(1 + 3.5/1.5); "бегемот" in none: ln(1 + 4.5/0.5).
    known, unknown = math.log(1 + 3.5 / 1.5), math.log(1 + 4.5 / 0.5)
    found = terms.score(terms.query("газ бегемот", "ru"))
    assert found.coverage[3] == pytest.approx(known / (known + unknown), abs=1e-6)
    assert found.weight == pytest.approx(known + unknown, abs=1e-5)


def test_expected_counts_across_languages(terms, tables):
    # "convention": E is 0.5 and 2 · 0.5 = 1 in the first two passages, so df = 1.5, N = 4.
    found = terms.score(terms.query("convention", "en"))
    lengths = np.array([len(stems(text, "ru")) for text in TEXTS])
    expected = np.array([0.5, 1, 0, 0])
    idf = math.log(1 + (4 - 1.5 + 0.5) / (1.5 + 0.5))
    by_hand = idf * expected / (expected + 1.2 * (1 - 0.75 + 0.75 * lengths / lengths.mean()))
    np.testing.assert_allclose(found.scores, by_hand, rtol=1e-5)
    np.testing.assert_allclose(found.coverage, expected)


def test_without_a_table_the_same_word_numbers_and_names_still_meet(terms, tables):
    assert terms.score(terms.query("was geschah 2020?", "de")).scores.argmax() == 1
    mixed = Terms.of(["Соглашение BRICS и COVID-19", "Выступил Лукашенко в Минске"], ["ru", "ru"])
    assert mixed.score(mixed.query("COVID-19", "en")).scores.argmax() == 0
    assert mixed.score(mixed.query("Lukashenko", "en")).scores.argmax() == 1


def test_languages_compete_on_one_scale(tables):
    """The same question finds the English passage with certainty and the Russian one by translation."""
    mixed = Terms.of(
        ["The convention is in force", "Конвенция вступила в силу", "Цены на газ"], ["en", "ru", "ru"]
    )
    scores = mixed.score(mixed.query("convention", "en")).scores
    assert scores[0] > scores[1] > scores[2] == 0


def test_changed_equals_made_anew():
    whole = Terms.of([TEXTS[2], TEXTS[0], "Ціни на газ"], ["ru", "ru", "uk"])
    changed = Terms.of(TEXTS, ["ru"] * 4).changed(np.array([2, 0]), Terms.of(["Ціни на газ"], ["uk"]))
    assert sorted(changed.columns) == sorted(whole.columns)
    for question in ("терроризм и конвенция", "газ"):
        ours, anew = changed.score(changed.query(question, "ru")), whole.score(whole.query(question, "ru"))
        np.testing.assert_allclose(ours.scores, anew.scores, rtol=1e-6)
        assert ours.weight == pytest.approx(anew.weight)


@pytest.mark.parametrize("question", ["", "и в на?", "…"], ids=["empty", "function words", "punctuation"])
def test_a_question_without_terms_scores_nothing(terms, question):
    found = terms.score(terms.query(question, "ru"))
    assert not found.scores.any()
    assert not found.coverage.any()
    assert found.weight == 0


def test_no_passages():
    nothing = Terms.of([], [])
    assert nothing.score(nothing.query("газ", "ru")).scores.shape == (0,)


def test_passages_without_a_single_stem():
    blank = Terms.of(["— и —", "газ"], ["ru", "ru"])
    assert blank.score(blank.query("газ", "ru")).scores.tolist()[0] == 0
