"""The LlamaIndex retriever, with the real package."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from corpus import Filters, Library
from qa.answer import Receipt
from qa.assistant import Assistant

pytest.importorskip("llama_index.core")

from llama_index.core.schema import MetadataMode, QueryBundle

from qa.llamaindex import StatementRetriever

CONVENTION = "что говорится о конвенции ООН?"


@pytest.fixture
def assistant(encoder) -> Assistant:
    return Assistant.from_statements(Library.shipped(), encoder)


def test_a_node_is_a_quote_with_its_proof(assistant):
    [found] = StatementRetriever(assistant, k=1).retrieve(CONVENTION)

    [quote] = assistant.ask(CONVENTION, 1).quotes
    node = found.node
    assert node.get_content() == quote.text
    assert assistant.library[node.ref_doc_id].text[node.start_char_idx : node.end_char_idx] == quote.text
    assert found.score == quote.score
    assert assistant.verify(Receipt(**node.metadata["receipt"])).status == "exact"


def test_a_language_model_sees_the_exact_text_and_its_citation_only(assistant):
    [found] = StatementRetriever(assistant, k=1).retrieve(CONVENTION)

    [quote] = assistant.ask(CONVENTION, 1).quotes
    shown = found.node.get_content(metadata_mode=MetadataMode.LLM)
    assert shown == f"citation: {quote.citation}\n\n{quote.text}"


async def test_async_gives_the_same(assistant):
    retriever = StatementRetriever(assistant)

    assert await retriever.aretrieve(QueryBundle(CONVENTION)) == retriever.retrieve(CONVENTION)


def test_filters_choose_the_statements(assistant):
    """The statement that ships has no date, so that no `until` lets it through."""
    assert StatementRetriever(assistant, filters=Filters(speakers=("одкб",))).retrieve(CONVENTION)
    assert not StatementRetriever(assistant, filters=Filters(until=dt.date(2100, 1, 1))).retrieve(CONVENTION)


def test_where_nothing_answers_there_is_nothing_unless_asked_for(assistant, monkeypatch):
    answer = assistant.ask(CONVENTION)
    nothing = replace(answer, verdict="not_found", quotes=(), nearest=answer.quotes)
    monkeypatch.setattr(assistant, "ask", lambda *arguments, **others: nothing)

    assert StatementRetriever(assistant).retrieve("anything") == []
    nearest = StatementRetriever(assistant, nearest=True).retrieve("anything")
    assert [found.node.get_content() for found in nearest] == [quote.text for quote in nothing.nearest]
    assert {found.node.metadata["verdict"] for found in nearest} == {"not_found"}
