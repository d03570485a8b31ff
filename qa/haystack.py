"""Statements as a Haystack component.

Haystack reports to its makers how it is used. Importing this module first turns that off, unless the variable
HAYSTACK_TELEMETRY_ENABLED says otherwise.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

from haystack import Document, component
from pydantic import TypeAdapter

from corpus import Filters
from qa.answer import Answer
from qa.assistant import Assistant
from qa.documents import documents
from qa.requests import FiltersIn


@component
class StatementRetriever:
    """Documents are quotes: the exact text, with offsets, citation and receipt in `meta`.

    Everything it is made of is plain text and numbers, so that a pipeline with it can be saved and loaded.

    Args:
        library: A folder of statements; None is the user's own, which begins with the statements that ship.
        model: Path or hub name of a sentence-transformers model; None is the embedded one.
        top_k: Most documents wanted, 1 to 50.
        filters: Which statements to search, with the keys `statements`, `speakers`, `since` and `until`.
        nearest: Where the statements do not answer, give what came closest instead of nothing; its `meta` has
            the verdict `not_found`.
    """

    def __init__(
        self,
        library: str | None = None,
        model: str | None = None,
        top_k: int = 3,
        filters: dict[str, Any] | None = None,
        nearest: bool = False,
    ) -> None:
        self.library = library
        self.model = model
        self.top_k = top_k
        self.filters = filters
        self.nearest = nearest
        self._assistant: Assistant | None = None

    @classmethod
    def over(cls, assistant: Assistant, top_k: int = 3, *, nearest: bool = False) -> StatementRetriever:
        """A component over an assistant that is open already; a pipeline with it is not to be saved."""
        made: StatementRetriever = cls(top_k=top_k, nearest=nearest)
        made._assistant = assistant
        return made

    def warm_up(self) -> None:
        """Open the library and load the model."""
        self._opened()

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, top_k: int | None = None, filters: dict[str, Any] | None = None
    ) -> dict[str, list[Document]]:
        """Find quotes.

        Args:
            query: A question in any language.
            top_k: In the place of the component's.
            filters: In the place of the component's.

        Returns:
            `documents`, best first; empty where the statements do not answer, unless `nearest`.
        """
        return self._documents(self._opened().ask(query, top_k or self.top_k, filters=self._filters(filters)))

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, top_k: int | None = None, filters: dict[str, Any] | None = None
    ) -> dict[str, list[Document]]:
        """`run` for asynchronous pipelines."""
        opened = self._opened()
        return self._documents(await opened.aask(query, top_k or self.top_k, filters=self._filters(filters)))

    def _opened(self) -> Assistant:
        if self._assistant is None:
            self._assistant = Assistant.open(self.library, model=self.model)
        return self._assistant

    def _filters(self, asked: dict[str, Any] | None) -> Filters:
        return TypeAdapter(FiltersIn).validate_python(asked or self.filters or {})

    def _documents(self, answer: Answer) -> dict[str, list[Document]]:
        found = documents(answer, nearest=self.nearest)
        return {
            "documents": [Document(id=d.id, content=d.text, meta=d.metadata, score=d.score) for d in found]
        }
