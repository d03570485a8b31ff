"""Statements as a LangChain retriever; needs nothing of LangChain but its core."""

from __future__ import annotations

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from corpus import Filters
from qa.answer import Answer
from qa.assistant import Assistant
from qa.documents import documents


class StatementRetriever(BaseRetriever):
    """Documents are quotes: the exact text, with offsets, citation, score and receipt in the metadata.

    `invoke(question, k=…, filters=…)` takes other values for one call.

    Attributes:
        assistant: Answers the questions.
        k: Most documents wanted, 1 to 50.
        filters: Which statements to search.
        nearest: Where the statements do not answer, give what came closest instead of nothing; its metadata
            has the verdict `not_found`.
    """

    assistant: Assistant
    k: int = 3
    filters: Filters | None = None
    nearest: bool = False

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        filters: Filters | None = None,
    ) -> list[Document]:
        answer = self.assistant.ask(query, self.k if k is None else k, filters=filters or self.filters)
        return self._documents(answer)

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        k: int | None = None,
        filters: Filters | None = None,
    ) -> list[Document]:
        answer = await self.assistant.aask(query, self.k if k is None else k, filters=filters or self.filters)
        return self._documents(answer)

    def _documents(self, answer: Answer) -> list[Document]:
        return [
            Document(id=found.id, page_content=found.text, metadata=found.metadata)
            for found in documents(answer, nearest=self.nearest)
        ]
