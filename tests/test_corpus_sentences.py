"""Sentences: exact spans that cover everything, with the abbreviations of each language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.sentences import sentences

TEXTS = st.one_of(st.text(max_size=200), st.text('Аа.Bb!? \n(«"»т5…。，', max_size=200)).filter(
    lambda text: not any("\ud800" <= c <= "\udfff" for c in text)
)


@pytest.mark.parametrize("language", ["ru", "kk", "en", "hy", "zh", "pt-BR", "und", ""])
@settings(deadline=None)  # The first call imports the sentence splitters.
@given(text=TEXTS)
def test_spans_are_in_order_and_leave_out_only_white_space(language: str, text: str) -> None:
    position = 0
    for start, stop in sentences(text, language):
        assert start < stop
        assert text[start:stop] == text[start:stop].strip()
        assert not text[position:start].strip()
        position = stop
    assert not text[position:].strip()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "ru",
            "Стороны (ст. 5 Устава от 1945 г.) договорились.|Г-н С.В. Лавров, т.е. министр, за мир.|Да!",
        ),
        ("kk", "Министрлер мәлімдеді.|Б.Б. Сұлтанов айтты."),
        ("en", "Mr. Smith met J. Doe.|See para. 5 of resolution 75/240, i.e. the last one.|Why?"),
        ("fr", "M. Dupont cite l’art. 5 de la Charte.|Ils partent."),
        ("hy", "Նախարարները համաձայնեցին։|Նրանք հանդիպեցին։"),
        ("zh", "部长们声明。|他们呼吁和平！"),
    ],
)
def test_sentences_of(language: str, expected: str) -> None:
    text = expected.replace("|", "" if language == "zh" else " ")
    assert [text[start:stop] for start, stop in sentences(text, language)] == expected.split("|")


def test_sentences_longer_than_the_window_are_whole_up_to_it() -> None:
    text = " ".join(f"Предложение номер {'слово ' * 20}{n}." for n in range(300))
    assert [text[start:stop] for start, stop in sentences(text, "ru")] == [
        f"{s}." for s in text[:-1].split(". ")
    ]
