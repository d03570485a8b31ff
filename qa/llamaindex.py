"""Statements as a LlamaIndex retriever."""

from __future__ import annotations

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from corpus import Filters
from qa.answer import Answer
from qa.assistant import Assistant
from qa.documents import Document, documents


class StatementRetriever(BaseRetriever):
    """Nodes are quotes: the exact text and its offsets, with citation, score and receipt in the metadata.

    Args:
        assistant: Answers the questions.
        k: Most nodes wanted, 1 to 50.
        filters: Which statements to search.
        nearest: Where the statements do not answer, give what came closest instead of nothing; its metadata
            has the verdict `not_found`.
    """

    def __init__(
        self, assistant: Assistant, k: int = 3, *, filters: Filters | None = None, nearest: bool = False
    ) -> None:
        super().__init__()
        self._assistant = assistant
        self._k = k
        self._filters = filters
        self._nearest = nearest

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(self._assistant.ask(query_bundle.query_str, self._k, filters=self._filters))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(await self._assistant.aask(query_bundle.query_str, self._k, filters=self._filters))

    def _nodes(self, answer: Answer) -> list[NodeWithScore]:
        return [_node(found) for found in documents(answer, nearest=self._nearest)]


def _node(found: Document) -> NodeWithScore:
    facts = found.metadata
    # A language model is shown what it may cite; the rest is for programs.
    hidden = [key for key in facts if key != "citation"]
    node = TextNode(
        id_=found.id,
        text=found.text,
        start_char_idx=facts["start"],
        end_char_idx=facts["stop"],
        metadata=facts,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=list(facts),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=facts["statement"])},
    )
    return NodeWithScore(node=node, score=found.score)
