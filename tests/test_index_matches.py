"""The words that met."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from index import translation
from index.late_interaction import CompressedTokens
from index.matches import match
from index.stems import STEMS_VERSION
from index.terms import Terms


@pytest.fixture
def met(encoder, tmp_path, monkeypatch):
    """Words of a question -> words of a text they met, both as written."""
    np.savez(
        tmp_path / "en-ru.npz",
        question_terms=np.array(["convent", "support"]),
        passage_terms=np.array(["конвенц", "поддержк", "стол"]),
        indptr=np.array([0, 1, 3], np.int32),
        indices=np.array([0, 1, 2], np.int32),
        probabilities=np.array([0.75, 0.75, 0.05], np.float16),
        stems_version=STEMS_VERSION,
    )
    monkeypatch.setattr(translation, "TABLES", tmp_path)

    def find(question: str, language: str, text: str, own: str) -> dict[str, tuple[str, ...]]:
        terms = Terms.of([text], [own])
        (encoded,) = encoder.encode_documents([text])
        tokens = CompressedTokens.of(encoded)
        found = match(encoder.encode_query(question), terms.query(question, language), text, own, tokens)
        for m in found:
            assert 0 < m.weight <= 1
            assert all(left[1] <= right[0] for left, right in itertools.pairwise(m.passage))
        return {question[slice(*m.question)]: tuple(text[slice(*span)] for span in m.passage) for m in found}

    return find


def test_inflections_of_one_word_meet_every_time(met):
    found = met("конвенция о мире", "ru", "Конвенцию подписали. В конвенции сказано о мире.", "ru")
    assert found == {"конвенция": ("Конвенцию", "конвенции"), "мире": ("мире",)}


def test_translations_meet(met):
    found = met("support for the convention", "en", "Поддержка конвенции и стол", "ru")
    assert found == {"support": ("Поддержка",), "convention": ("конвенции",)}


def test_words_alike_to_the_encoder_meet_without_a_common_stem(met):
    """'террористический' and 'терроризм' have other stems, but most letters in common."""
    assert met("террористический", "ru", "Осуждаем терроризм", "ru") == {"террористический": ("терроризм",)}


def test_function_words_and_punctuation_are_not_shown(met):
    assert met("и в на, не?", "ru", "и в на, не?", "ru") == {}


def test_unlike_words_do_not_meet(met):
    assert met("цена газа", "ru", "Осуждаем терроризм", "ru") == {}


def test_pairs_of_chinese_characters_become_one_span(met):
    """The stand-in encoder sees 联合国 as one token, so both its pairs meet both pairs of the text."""
    assert met("联合国", "zh", "联合国", "zh") == {"联合": ("联合国",), "合国": ("联合国",)}


@pytest.mark.parametrize(("question", "text"), [("", "газ"), ("газ", "…"), ("?", "!")])
def test_nothing_to_match(met, question, text):
    assert met(question, "ru", text, "ru") == {}
