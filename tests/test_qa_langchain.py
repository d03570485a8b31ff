"""The LangChain retriever, against LangChain's own conformance suite and as its users call it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests

from corpus import CorpusError, Filters, Library, Statement
from qa.answer import Receipt
from qa.assistant import Assistant
from qa.langchain import StatementRetriever

CONVENTION = "что говорится о конвенции ООН?"


@pytest.fixture
def assistant(encoder) -> Assistant:
    return Assistant.from_statements(Library.shipped(), encoder)


class TestConformance(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _assistant(self, assistant) -> None:
        self.assistant = assistant

    @property
    def retriever_constructor(self) -> type[StatementRetriever]:
        return StatementRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"assistant": self.assistant}

    @property
    def retriever_query_example(self) -> str:
        return CONVENTION


def test_a_document_is_a_quote_with_its_proof(assistant):
    [document] = StatementRetriever(assistant=assistant, k=1).invoke(CONVENTION)

    [quote] = assistant.ask(CONVENTION, 1).quotes
    facts = document.metadata
    text = assistant.library[facts["statement"]].text
    assert text[facts["start_index"] : facts["stop"]] == document.page_content == quote.text
    assert (facts["source"], facts["score"]) == (quote.statement, quote.score)
    assert facts["citation"] == quote.citation
    assert assistant.verify(Receipt(**facts["receipt"])).status == "exact"
    assert json.loads(json.dumps(facts)) == facts


async def test_async_and_batch_give_the_same(assistant):
    retriever = StatementRetriever(assistant=assistant)
    questions = [CONVENTION, "информационная безопасность"]

    one_by_one = [retriever.invoke(question) for question in questions]

    assert retriever.batch(questions) == one_by_one
    assert await retriever.abatch(questions) == one_by_one
    assert [await retriever.ainvoke(question) for question in questions] == one_by_one


def test_filters_choose_the_statements(encoder):
    texts = {"a": "We call for a convention on peace.", "b": "A convention is what we call for."}
    assistant = Assistant.from_statements(
        [Statement(name, name, text, "en", (f"Body {name}",)) for name, text in texts.items()], encoder
    )
    retriever = StatementRetriever(assistant=assistant, filters=Filters(speakers=("Body a",)), nearest=True)

    def found(documents: list[Document]) -> set[str]:
        return {document.metadata["statement"] for document in documents}

    assert found(retriever.invoke("convention")) == {"a"}
    assert found(retriever.invoke("convention", filters=Filters(statements=("b",)))) == {"b"}
    with pytest.raises(CorpusError, match="Atlantis"):
        retriever.invoke("convention", filters=Filters(speakers=("Atlantis",)))


def test_where_nothing_answers_there_is_nothing_unless_asked_for(assistant, monkeypatch):
    answer = assistant.ask(CONVENTION)
    nothing = replace(answer, verdict="not_found", quotes=(), nearest=answer.quotes)
    monkeypatch.setattr(assistant, "ask", lambda *arguments, **others: nothing)

    assert StatementRetriever(assistant=assistant).invoke("anything") == []
    nearest = StatementRetriever(assistant=assistant, nearest=True).invoke("anything")
    assert [document.page_content for document in nearest] == [quote.text for quote in nothing.nearest]
    assert {document.metadata["verdict"] for document in nearest} == {"not_found"}


def test_it_composes_with_other_runnables(assistant):
    chain = StatementRetriever(assistant=assistant, k=1) | RunnableLambda(lambda found: found[0].page_content)

    assert chain.invoke(CONVENTION) == assistant.ask(CONVENTION, 1).quotes[0].text
