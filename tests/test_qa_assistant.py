"""Answers are made of quotes, and every quote is its source, character for character."""

from __future__ import annotations

import asyncio
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qa.collection
from corpus import CorpusError, Filters, Library, Statement
from index import Encoder
from qa import Answer, Assistant, QuestionError, Quote
from qa.assistant import MAX_QUESTION

QUESTIONS = [
    "государства",
    "конвенция под эгидой ООН",
    "террористических и других преступных целях",
    "КОГДА? & <script>alert(1)</script> *[x](y)*",
    "中文 😀",
    "?",
]


def _check(answer_quotes: tuple[Quote, ...], assistant: Assistant) -> None:
    for quote in answer_quotes:
        source = assistant.library[quote.statement].text
        assert source[quote.start : quote.stop] == quote.text
        assert assistant.verify(quote.receipt).status == "exact"
        for start, stop in (*quote.highlights, *quote.words):
            assert 0 <= start < stop <= len(quote.text)
        assert quote.highlights
    for one, other in combinations(answer_quotes, 2):
        assert one.statement != other.statement or one.stop <= other.start or other.stop <= one.start


@pytest.fixture
def assistant(statement: Statement, encoder: Encoder) -> Assistant:
    other = Statement(
        "other",
        "Another",
        "Other statement\n\nThe parties speak of trade. It grows.\n\nThey meet in spring.",
        "en",
        speakers=("State A", "State B"),
        date=dt.date(2020, 5, 1),
    )
    return Assistant.from_statements([statement, other], encoder)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_equals_its_source_slice(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question, k=12)
    _check(answer.quotes + answer.nearest, assistant)
    assert bool(answer.quotes) == (answer.verdict == "answered")
    assert bool(answer.nearest) == (answer.verdict == "not_found")
    _check(assistant.search(question, k=12), assistant)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    texts=st.lists(st.text(min_size=1, max_size=300).filter(str.strip), min_size=1, max_size=4),
    question=st.text(min_size=1, max_size=60).filter(str.strip),
)
def test_hostile_texts_and_questions_are_quoted_exactly(
    texts: list[str], question: str, encoder: Encoder
) -> None:
    statements = [Statement(f"s{i}", "T", text, "ru") for i, text in enumerate(texts)]
    assistant = Assistant.from_statements(statements, encoder)
    answer = assistant.ask(question, k=5)
    _check(answer.quotes + answer.nearest, assistant)


def test_filters_decide_what_is_searched(assistant: Assistant) -> None:
    answer = assistant.ask("trade", filters=Filters(statements=("other",)))
    assert answer.searched_statements == 1
    assert answer.searched_passages == 2
    quotes = assistant.search("государства", k=50, filters=Filters(speakers=("state b",)))
    assert {quote.statement for quote in quotes} == {"other"}
    assert {q.statement for q in assistant.search("мир", filters=Filters(since=dt.date(2020, 1, 1)))} == {
        "other"
    }
    assert assistant.search("мир", filters=Filters(until=dt.date(2019, 1, 1))) == ()
    assert assistant.ask("мир", filters=Filters(until=dt.date(2019, 1, 1))).verdict == "not_found"
    with pytest.raises(CorpusError, match="nobody"):
        assistant.ask("мир", filters=Filters(speakers=("nobody",)))


@pytest.mark.parametrize(
    ("question", "k", "says"),
    [
        ("", 3, "empty"),
        (" \n", 3, "empty"),
        ("x" * (MAX_QUESTION + 1), 3, "2001"),
        ("x", 0, "1 to 50"),
        ("x", 51, "51"),
    ],
)
def test_a_question_that_cannot_be_searched_is_refused(
    assistant: Assistant, question: str, k: int, says: str
) -> None:
    with pytest.raises(QuestionError, match=says):
        assistant.ask(question, k)


def test_citation_names_what_is_known(assistant: Assistant, statement: Statement) -> None:
    quote = assistant.search("trade", 1, filters=Filters(statements=("other",)))[0]
    assert quote.citation == "State A; State B. Another. 2020-05-01. ¶ 1"
    ru = assistant.search("конвенции", 1, filters=Filters(statements=(statement.id,)))[0]
    assert ru.date is None
    assert ru.citation.endswith(f". ¶ {ru.paragraph}")


def test_relevance_covers_the_paragraphs_in_order(assistant: Assistant, statement: Statement) -> None:
    rows = assistant.relevance("конвенция ООН", statement.id)
    assert [number for number, _ in rows] == list(range(1, 11))
    assert all(0 <= value <= 1 for _, value in rows)


def test_many_threads_get_the_same_answers(assistant: Assistant) -> None:
    expected = [assistant.ask(question) for question in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(assistant.ask, QUESTIONS * 5)) == expected * 5


def test_aask_is_ask(assistant: Assistant) -> None:
    async def both() -> list[Answer]:
        return await asyncio.gather(*(assistant.aask(question, 2) for question in QUESTIONS))

    assert asyncio.run(both()) == [assistant.ask(question, 2) for question in QUESTIONS]


def test_an_index_on_disk_is_used_again_and_follows_the_library(
    tmp_path: Path, statement: Statement, encoder: Encoder
) -> None:
    library = Library(tmp_path / "library")
    library.add(statement)
    first = Assistant.open(library, model=encoder, cache=tmp_path / "cache")
    expected = first.ask("конвенция ООН")
    embedded = len(encoder.encoded)

    fresh = type(encoder)()
    again = Assistant.open(library, model=fresh, cache=tmp_path / "cache")
    passages = {p.text for p in again.passages}
    assert not passages & set(fresh.encoded), "nothing is embedded twice"
    assert again.ask("конвенция ООН") == expected

    library.add(Statement("new", "New", "Title\n\nA quite different paragraph about fish.", "en"))
    again.refresh()
    assert [q.statement for q in again.search("paragraph about fish", 1)] == ["new"]
    assert len([t for t in fresh.encoded if t in passages and "fish" not in t]) <= embedded
    library.remove("new")
    again.refresh()
    assert again.ask("конвенция ООН") == expected


def test_a_damaged_index_is_made_anew(tmp_path: Path, statement: Statement, encoder: Encoder) -> None:
    library = Library(tmp_path / "library")
    library.add(statement)
    cache = tmp_path / "cache"
    expected = Assistant.open(library, model=encoder, cache=cache).ask("конвенция ООН")
    files = [f for f in cache.rglob("*") if f.is_file() and f.stat().st_size > 0 and f.name != "CURRENT"]
    for file in files:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert Assistant.open(library, model=encoder, cache=cache).ask("конвенция ООН") == expected


def test_an_empty_library_finds_nothing(encoder: Encoder) -> None:
    answer = Assistant.from_statements([], encoder).ask("anything")
    assert (answer.verdict, answer.quotes, answer.nearest) == ("not_found", (), ())


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_verdict_does_not_depend_on_how_many_quotes_are_asked_for(
    assistant: Assistant, question: str
) -> None:
    answers = [assistant.ask(question, k) for k in (1, 3, 10, 50)]
    assert len({(answer.verdict, answer.confidence) for answer in answers}) == 1


def test_what_another_process_adds_is_found(tmp_path: Path, statement: Statement, encoder: Encoder) -> None:
    library = Library(tmp_path / "library")
    library.add(statement)
    assistant = Assistant.open(library, model=encoder, cache=tmp_path / "cache")
    Library(tmp_path / "library").add(Statement("new", "New", "Title\n\nA paragraph about fish.", "en"))
    assert [quote.statement for quote in assistant.search("paragraph about fish", 1)] == ["new"]
    Library(tmp_path / "library").remove("new")
    assert {quote.statement for quote in assistant.search("paragraph about fish")} == {statement.id}


def test_an_unchanged_library_is_not_split_again(
    tmp_path: Path, statement: Statement, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path / "library")
    library.add(statement)
    expected = Assistant.open(library, model=encoder, cache=tmp_path / "cache").ask("конвенция ООН")
    monkeypatch.setattr(qa.collection, "split", None)
    assert Assistant.open(library, model=encoder, cache=tmp_path / "cache").ask("конвенция ООН") == expected


def test_a_cache_that_cannot_be_written_leaves_the_index_in_memory(
    tmp_path: Path, statement: Statement, encoder: Encoder
) -> None:
    library = Library(tmp_path / "library")
    library.add(statement)
    (tmp_path / "cache").write_text("a file")
    assistant = Assistant.open(library, model=encoder, cache=tmp_path / "cache")
    assert len(assistant.passages) == 10
