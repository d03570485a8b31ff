"""The Haystack component, in a real pipeline."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import pytest

from corpus import CorpusError, Library
from qa.answer import Receipt
from qa.assistant import Assistant

# Not importorskip: importing Haystack before our module would turn its telemetry on.
if find_spec("haystack") is None:
    pytest.skip("haystack-ai is not installed", allow_module_level=True)

from qa.haystack import StatementRetriever  # isort: skip - before Haystack itself
from haystack import Pipeline
from haystack.telemetry import _telemetry

CONVENTION = "что говорится о конвенции ООН?"


@pytest.fixture
def assistant(encoder) -> Assistant:
    return Assistant.from_statements(Library.shipped(), encoder)


def pipeline_of(component: StatementRetriever) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("quotes", component)
    return pipeline


def test_a_document_is_a_quote_with_its_proof(assistant):
    pipeline = pipeline_of(StatementRetriever.over(assistant, top_k=1))

    [document] = pipeline.run({"quotes": {"query": CONVENTION}})["quotes"]["documents"]

    [quote] = assistant.ask(CONVENTION, 1).quotes
    assert document.content == quote.text
    assert assistant.library[document.meta["statement"]].text[document.meta["start"] :].startswith(quote.text)
    assert (document.score, document.meta["citation"]) == (quote.score, quote.citation)
    assert assistant.verify(Receipt(**document.meta["receipt"])).status == "exact"


def test_number_and_filters_can_be_given_for_one_run(assistant):
    component = StatementRetriever.over(assistant)

    assert len(component.run(CONVENTION)["documents"]) == 3
    assert len(component.run(CONVENTION, top_k=2)["documents"]) == 2
    assert component.run(CONVENTION, filters={"since": "1900-01-01"})["documents"] == []  # It has no date.
    with pytest.raises(CorpusError, match="Atlantis"):
        component.run(CONVENTION, filters={"speakers": ["Atlantis"]})
    with pytest.raises(ValueError, match="speaker"):
        component.run(CONVENTION, filters={"speaker": ["ОДКБ"]})


async def test_async_gives_the_same(assistant):
    component = StatementRetriever.over(assistant)

    assert await component.run_async(CONVENTION) == component.run(CONVENTION)


def test_where_nothing_answers_there_is_nothing_unless_asked_for(assistant, monkeypatch):
    answer = assistant.ask(CONVENTION)
    nothing = replace(answer, verdict="not_found", quotes=(), nearest=answer.quotes)
    monkeypatch.setattr(assistant, "ask", lambda *arguments, **others: nothing)

    assert StatementRetriever.over(assistant).run("anything")["documents"] == []
    nearest = StatementRetriever.over(assistant, nearest=True).run("anything")["documents"]
    assert [document.content for document in nearest] == [quote.text for quote in nothing.nearest]
    assert {document.meta["verdict"] for document in nearest} == {"not_found"}


def test_a_pipeline_is_saved_and_loaded_and_opens_its_library_when_warmed_up(
    assistant, tmp_path, monkeypatch
):
    opened = []

    def open_library(library: str | None, *, model: str | None) -> Assistant:
        opened.append((library, model))
        return assistant

    monkeypatch.setattr(Assistant, "open", open_library)
    saved = pipeline_of(StatementRetriever(library=str(tmp_path), model="m", top_k=2)).dumps()

    pipeline = Pipeline.loads(saved, allowed_modules=["qa.haystack"])
    assert opened == []
    documents = pipeline.run({"quotes": {"query": CONVENTION}})["quotes"]["documents"]

    assert opened == [(str(tmp_path), "m")]
    assert [document.content for document in documents] == [
        q.text for q in assistant.ask(CONVENTION, 2).quotes
    ]


def test_telemetry_is_off():
    assert _telemetry.telemetry is None
