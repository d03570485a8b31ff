"""Language detection, offline, of statements and of questions."""

from __future__ import annotations

import pytest

from corpus import detect_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Что говорят члены о конвенции ООН?"),
        ("en", "what do members say about the UN convention?"),
        ("fr", "Que disent les membres de la convention de l’ONU ?"),
        ("kk", "БҰҰ конвенциясы туралы не айтады?"),
        ("hy", "Ի՞նչ են ասում անդամները կոնվենցիայի մասին"),
        ("ky", "БУУнун конвенциясы жөнүндө мүчөлөр эмне дейт?"),
        ("tg", "Аъзоён дар бораи конвенсияи СММ чӣ мегӯянд?"),
        ("be", "Што кажуць пра тэрарызм і экстрэмізм?"),
        ("zh", "成员国对联合国公约有什么看法？"),
        ("en", "TERRORISM AND THE INTERNET"),
    ],
)
def test_language_of(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", " \n", "123 — 45", "…"])
def test_without_letters_it_is_the_default(text: str) -> None:
    assert detect_language(text) == "und"
    assert detect_language(text, default="ru") == "ru"


def test_a_short_text_in_doubt_is_taken_for_the_default() -> None:
    assert detect_language("А про терроризм?", default="ru") == "ru"
    assert detect_language("What about terrorism?", default="ru") == "en"


@pytest.mark.parametrize("text", ["a\0b", "hello \ud800 world", "\x1b[31mred", "x" * 1_000_000])
def test_hostile_text_gets_an_answer(text: str) -> None:
    assert detect_language(text)
