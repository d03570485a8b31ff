"""Which questions take words over from the conversation."""

from __future__ import annotations

import pytest

from qa.followup import standalone

BEFORE = ["what do members say about drug trafficking?"]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("and about terrorism?", "en"),
        ("What about Afghanistan?", "en"),
        ("а про терроризм?", "ru"),
        ("who?", "en"),
        ("那恐怖主义呢？", "zh"),
    ],
)
def test_a_fragment_takes_over_the_last_whole_question(question: str, language: str) -> None:
    assert standalone(question, BEFORE, language) == f"{BEFORE[0]} {question}"
    assert standalone(question, [*BEFORE, "and about borders?"], language) == f"{BEFORE[0]} {question}"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("UN convention", "en"),
        ("COVID-19", "en"),
        ("What do members say about the role of the United Nations?", "en"),
        ("а что министры думают о соглашении по обеспечению информационной безопасности?", "ru"),
        ("android security threats", "en"),
    ],
)
def test_a_whole_question_stands_alone(question: str, language: str) -> None:
    assert standalone(question, BEFORE, language) == question


def test_without_a_conversation_nothing_is_taken_over() -> None:
    assert standalone("and about terrorism?", [], "en") == "and about terrorism?"
