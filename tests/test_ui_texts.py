"""The words of the page: both languages whole, plurals right, nothing unused."""

from __future__ import annotations

import datetime as dt
import re
import string
from pathlib import Path

import pytest

from qa.web.texts import LANGS, Texts, texts

WEB = Path(__file__).parent.parent / "qa" / "web"
SAME_IN_BOTH = {"title", "paragraph", "lead"}


def forms(t: Texts, key: str) -> list[str]:
    text = t.table[key]
    return list(text.values()) if isinstance(text, dict) else [text]


def braces(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def test_both_languages_have_the_same_keys() -> None:
    assert list(texts("en").table) == list(texts("ru").table)


@pytest.mark.parametrize("lang", LANGS)
def test_no_text_is_empty(lang: str) -> None:
    t = texts(lang)
    assert [key for key in t.table for form in forms(t, key) if not form.strip()] == []


@pytest.mark.parametrize("key", texts("en").table)
def test_a_text_takes_the_same_values_in_both_languages(key: str) -> None:
    wanted = {frozenset(braces(form)) for lang in LANGS for form in forms(texts(lang), key)}
    assert len(wanted) == 1


def test_nothing_is_left_in_english() -> None:
    en, ru = texts("en").table, texts("ru").table
    assert {key for key in en if en[key] == ru[key]} == SAME_IN_BOTH
    assert [
        key for key in ru if key not in SAME_IN_BOTH and not re.search("[а-яё]", str(ru[key]), re.IGNORECASE)
    ] == []


@pytest.mark.parametrize(
    ("lang", "wanted"), [("en", {"one", "other"}), ("ru", {"one", "few", "many", "other"})]
)
def test_plurals_have_all_forms_of_the_language(lang: str, wanted: set[str]) -> None:
    plurals = [text for text in texts(lang).table.values() if isinstance(text, dict)]
    assert plurals
    assert all(set(text) == wanted for text in plurals)


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1 фрагмент"), (2, "2 фрагмента"), (5, "5 фрагментов"), (11, "11 фрагментов"), (21, "21 фрагмент"),
     (104, "104 фрагмента"), (112, "112 фрагментов")],
)  # fmt: skip
def test_russian_counts(n: int, text: str) -> None:
    assert texts("ru")("lead_passages", n=n) == text


def test_every_text_is_used_and_every_text_used_exists() -> None:
    files = [*WEB.rglob("*.py"), *WEB.rglob("*.html"), *WEB.rglob("*.js")]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    built = set(re.findall(r"""["'](\w+_)["'] ~|[f`]?["`](\w+_)\$?\{""", source))
    prefixes = tuple({prefix for pair in built for prefix in pair if prefix})
    table = texts("en").table
    unused = [
        key for key in table if not key.startswith(prefixes) and not re.search(rf"""["']{key}["']""", source)
    ]
    assert unused == []
    asked = set(re.findall(r"""\bt\(\s*["'](\w+)["']\s*[,)]""", source))
    assert asked - set(table) == set()


def test_dates_and_languages_are_in_words() -> None:
    day = dt.date(2020, 5, 26)
    assert (texts("en").date(day), texts("ru").date(day)) == ("May 26, 2020", "26 мая 2020\u202fг.")
    assert (texts("en").date(None), texts("ru").date(None)) == ("undated", "без даты")
    assert (texts("en").language("pt-BR"), texts("ru").language("kk")) == ("Portuguese", "казахский")
    assert texts("en").language("qqq") == "qqq"
