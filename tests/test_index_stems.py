"""Stems: offsets first, then what each language does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.stems import STEMS_VERSION, stems

LANGUAGES = ["ru", "en", "be", "uk", "kk", "ky", "tg", "hy", "fr", "es", "de", "tr", "zh", "ar", "xx", ""]


@given(text=st.text(max_size=120), language=st.sampled_from(LANGUAGES))
def test_offsets_ascend_and_lie_in_the_text(text: str, language: str) -> None:
    found = stems(text, language)
    assert all(0 <= stem.start < stem.stop <= len(text) for stem in found)
    assert all(stem.term for stem in found)
    starts = [stem.start for stem in found]
    assert starts == sorted(set(starts))


@given(
    words=st.lists(st.sampled_from(["мир", "договор", "конвенции", "Peace", "treaty", "2023"]), max_size=8)
)
def test_a_text_gives_the_stems_of_its_words(words: list[str]) -> None:
    together = [stem.term for stem in stems(", ".join(words), "ru")]
    assert together == [stem.term for word in words for stem in stems(word, "ru")]


def terms(text: str, language: str) -> list[str]:
    return [stem.term for stem in stems(text, language)]


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("ru", ["конвенция", "Конвенции", "конвенцию"]),
        ("en", ["convention", "Conventions"]),
        ("be", ["падтрымка", "падтрымкі", "падтрымкаю"]),
        ("uk", ["підтримка", "підтримки", "підтримкою"]),
        ("kk", ["ұйым", "ұйымның", "ұйымдардың"]),
        ("ky", ["уюм", "уюмдун", "уюмдардын"]),
        ("tg", ["созмон", "созмонҳо", "созмонҳои"]),
        ("hy", ["պայմանագիր", "պայմանագիրը"]),
    ],
)
def test_forms_of_a_word_share_a_stem(language: str, forms: list[str]) -> None:
    assert len({tuple(terms(form, language)) for form in forms}) == 1


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("ещё подчёркивают", "ru", ["подчеркива"]),
        ("правово́е", "ru", ["правов"]),
        ("What is the UN convention?", "en", ["un", "convent"]),
        ("Ո՞վ է նախագահը", "hy", ["նախագահ"]),
        ("安全理事会", "zh", ["安全", "全理", "理事", "事会"]),
        ("об’єднаний і об'єднаний", "uk", ["обєднан", "обєднан"]),
        ("l’organisation", "fr", ["organis"]),
        ("हिन्दी", "xx", ["हिन्दी"]),
    ],
)
def test_examples(text: str, language: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


def test_a_region_or_a_script_in_the_tag_changes_nothing() -> None:
    assert terms("государств", "ru-RU") == terms("государств", "RU") == terms("государств", "ru")


def test_a_latin_name_has_one_stem_in_either_text() -> None:
    assert terms("страны BRICS", "ru")[-1] == terms("BRICS countries", "en")[0]


def test_threads_agree() -> None:
    text = "Государства подчёркивают значение конвенции Организации Объединённых Наций " * 50
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: stems(text, "ru"), range(8)))
    assert all(result == results[0] for result in results)


def test_version_is_frozen_with_the_tables() -> None:
    assert STEMS_VERSION == 1
