"""From a question to an Answer made of Quotes."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus import Filters, Library, Passage, Statement, detect_language
from corpus.filters import select
from index import Encoder, Hit, PassageIndex, SentenceEncoder
from qa import abstention
from qa.answer import Answer, Quote, Receipt
from qa.collection import Collection, Progress, Statements, collect, revision
from qa.followup import standalone
from qa.highlight import highlight
from qa.quoting import quote
from qa.receipt import Verification, verify

Channel = Literal["fused", "dense", "terms", "late"]

MAX_QUESTION = 2_000
MAX_QUOTES = 50


class QuestionError(ValueError):
    """A question that cannot be searched; the message says why."""


@dataclass(frozen=True, slots=True)
class Query:
    """The text that is searched for, and its language as a BCP 47 tag."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class _Search:
    """What one question was searched as, in what, and what came back."""

    query: Query
    collection: Collection
    statements: frozenset[str]
    hits: Sequence[Hit]


class Assistant:
    """Answers questions from a library of statements, in quotes only. Safe to use from many threads."""

    def __init__(
        self,
        statements: Statements,
        encoder: Encoder,
        *,
        cache: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Make an assistant; `Assistant.open` and `Assistant.from_statements` are the usual ways.

        Args:
            statements: Where the statements are.
            encoder: Makes the vectors.
            cache: Folder of the index on disk; None keeps the index in memory.
            progress: Called with (done, total) passages while the index is built.
        """
        self.library = statements
        self.encoder = encoder
        self._cache = cache
        self._lock = threading.Lock()
        self._calibration = abstention.load(encoder.fingerprint, *([cache.parent] if cache else []))
        self._collection = self._collect(None, progress)

    @classmethod
    def open(
        cls,
        library: Path | str | Library | None = None,
        *,
        model: Path | str | Encoder | None = None,
        cache: Path | None = None,
        progress: Progress | None = None,
    ) -> Assistant:
        """Open a library with its index, which is built or brought up to date where needed.

        Args:
            library: A folder of statements; None is the user's own, which begins with those that ship.
            model: Path or hub name of a sentence-transformers model, or an encoder; None is the embedded one.
            cache: Folder for indexes; None is the user's cache folder.
            progress: Called with (done, total) passages while the index is built.

        Returns:
            An assistant that needs no network, unless `model` names a hub model that is not on this machine.

        Raises:
            CorpusError: The library cannot be read.
            ModelError: The model cannot be loaded.
        """
        from platformdirs import user_cache_path

        if not isinstance(library, Library):
            library = Library.open(Path(library) if library is not None else None)
        encoder = SentenceEncoder(model) if model is None or isinstance(model, (str, Path)) else model
        key = hashlib.sha256(f"{library.folder.resolve()}\n{encoder.fingerprint}".encode()).hexdigest()[:16]
        folder = (cache if cache is not None else user_cache_path("statement-qa")) / key
        return cls(library, encoder, cache=folder, progress=progress)

    @classmethod
    def from_statements(cls, statements: Iterable[Statement], encoder: Encoder | None = None) -> Assistant:
        """An assistant over statements in memory; nothing is written to disk.

        Args:
            statements: With different ids.
            encoder: None is the embedded model.
        """
        return cls(
            {statement.id: statement for statement in statements},
            encoder if encoder is not None else SentenceEncoder(),
        )

    @property
    def passages(self) -> Sequence[Passage]:
        """The passages that are searched."""
        return self._collection.passages.passages

    def ask(
        self,
        question: str,
        k: int = 3,
        *,
        filters: Filters | None = None,
        history: Sequence[str] = (),
        language: str | None = None,
    ) -> Answer:
        """Find what the statements say to a question.

        Args:
            question: In any language, at most 2,000 characters.
            k: Most quotes wanted, 1 to 50.
            filters: Which statements to search; None is all of them.
            history: Earlier questions of the conversation, oldest first.
            language: BCP 47 tag of the question; None detects it.

        Returns:
            `answered` with quotes, best first; or `not_found` with the nearest passages.

        Raises:
            QuestionError: The question is empty or too long, or k is out of range.
            CorpusError: A filter names a statement or speaker that the library does not hold.
        """
        _check_count(k)
        search = self._search(question, k, filters, history, language, "fused")
        probabilities = self._probabilities(search)
        confidence = self._calibration.confidence(probabilities)
        answered = confidence >= self._calibration.threshold
        quotes = self._quotes(search, probabilities, k)
        return Answer(
            question=question,
            language=search.query.language,
            verdict="answered" if answered else "not_found",
            confidence=round(confidence, 4),
            quotes=quotes if answered else (),
            nearest=() if answered else quotes,
            searched_passages=sum(
                p.statement_id in search.statements for p in search.collection.passages.passages
            ),
            searched_statements=len(search.statements),
        )

    async def aask(
        self,
        question: str,
        k: int = 3,
        *,
        filters: Filters | None = None,
        history: Sequence[str] = (),
        language: str | None = None,
    ) -> Answer:
        """`ask` in a thread, for asynchronous callers."""
        return await asyncio.to_thread(
            self.ask, question, k, filters=filters, history=history, language=language
        )

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        filters: Filters | None = None,
        history: Sequence[str] = (),
        language: str | None = None,
        channel: Channel = "fused",
    ) -> tuple[Quote, ...]:
        """The k nearest passages as quotes, whether they answer or not.

        Args:
            question: As for `ask`, like the other arguments.
            k: Most quotes wanted, 1 to 50.
            filters: Which statements to search.
            history: Earlier questions.
            language: BCP 47 tag of the question.
            channel: Which ranking: all channels fused, or one alone.

        Returns:
            Quotes, best first.
        """
        _check_count(k)
        found = self._search(question, k, filters, history, language, channel)
        return self._quotes(found, self._probabilities(found), k)

    def relevance(
        self,
        question: str,
        statement_id: str,
        *,
        history: Sequence[str] = (),
        language: str | None = None,
    ) -> tuple[tuple[int, float], ...]:
        """How much each paragraph of one statement has to do with a question.

        Returns:
            (paragraph number, probability that it answers), in the order of the text.

        Raises:
            QuestionError: The question is empty or too long.
            CorpusError: There is no such statement.
        """
        filters = Filters(statements=(statement_id,))
        found = self._search(question, max(1, len(self.passages)), filters, history, language, "fused")
        best: dict[int, float] = {}
        for hit, probability in zip(found.hits, self._probabilities(found), strict=True):
            number = hit.passage.number
            best[number] = max(best.get(number, 0.0), probability)
        return tuple(sorted(best.items()))

    def query(self, question: str, history: Sequence[str] = (), language: str | None = None) -> Query:
        """What a question is searched as.

        Args:
            question: As asked.
            history: Earlier questions, oldest first.
            language: BCP 47 tag of the question; None detects it, in doubt as the statements' own.
        """
        return _query(question, history, language, self._collection)

    def verify(self, receipt: Receipt) -> Verification:
        """Check a receipt against the library as it is now."""
        try:
            text = self.library[receipt.statement].text
        except KeyError:
            text = None
        return verify(receipt, text)

    def refresh(self, progress: Progress | None = None) -> None:
        """Bring the index up to date with the library; only new passages are embedded."""
        with self._lock:
            self._collection = self._collect(self._collection.passages, progress)

    def _collect(self, known: PassageIndex | None, progress: Progress | None) -> Collection:
        weights = self._calibration.weights
        return collect(
            self.library, self.encoder, weights=weights, cache=self._cache, known=known, progress=progress
        )

    def _current(self) -> Collection:
        """The collection, after what another process has added or removed meanwhile."""
        if revision(self.library) != self._collection.revision and self._lock.acquire(blocking=False):
            try:
                self._collection = self._collect(self._collection.passages, None)
            finally:
                self._lock.release()
        return self._collection

    def describe(self) -> dict[str, str]:
        """Versions, model, library and index, for people."""
        from importlib.metadata import version

        fit = self._calibration
        return {
            "statement-qa": version("statement-qa"),
            "sentence-transformers": version("sentence-transformers"),
            "torch": version("torch"),
            "faiss": version("faiss-cpu"),
            "model": self.encoder.name,
            "model fingerprint": self.encoder.fingerprint,
            "dimensions": str(self.encoder.dimensions),
            "library": str(self.library.folder) if isinstance(self.library, Library) else "in memory",
            "statements": str(len(self._collection.statements)),
            "passages": str(len(self.passages)),
            "index": str(self._cache) if self._cache else "in memory",
            "answers from": f"probability {fit.threshold:.2f}, by {fit.figures['questions']:.0f} questions",
        }

    def _search(
        self,
        question: str,
        k: int,
        filters: Filters | None,
        history: Sequence[str],
        language: str | None,
        channel: Channel,
    ) -> _Search:
        if not question.strip():
            msg = "the question is empty"
            raise QuestionError(msg)
        if len(question) > MAX_QUESTION:
            msg = f"the question has {len(question)} characters, more than {MAX_QUESTION}: shorten it"
            raise QuestionError(msg)
        collection = self._current()
        searched = frozenset(s.id for s in select(collection.statements.values(), filters or Filters()))
        allowed = None if len(searched) == len(collection.statements) else searched
        query = _query(question, history, language, collection)
        hits = collection.passages.search(
            query.text, max(k, abstention.DEPTH), language=query.language, statements=allowed, channel=channel
        )
        return _Search(query, collection, searched, hits)

    def _probabilities(self, search: _Search) -> list[float]:
        rows = abstention.evidence(search.hits, search.query.text, search.query.language)
        return [float(p) for p in self._calibration.probability(rows)]

    def _quotes(self, search: _Search, probabilities: Sequence[float], k: int) -> tuple[Quote, ...]:
        hits = search.hits[:k]
        texts = [(hit.passage.text, hit.passage.language) for hit in hits]
        marked = highlight(self.encoder.encode_query(search.query.text), texts, self.encoder)
        return tuple(
            quote(
                hit,
                search.collection.statements[hit.passage.statement_id],
                search.query.text,
                highlights,
                self._calibration.strength(probability),
            )
            for hit, highlights, probability in zip(hits, marked, probabilities, strict=False)
        )


def _query(question: str, history: Sequence[str], language: str | None, collection: Collection) -> Query:
    language = language or detect_language(question, default=collection.language)
    return Query(standalone(question, history, language), language)


def _check_count(k: int) -> None:
    if not 1 <= k <= MAX_QUOTES:
        msg = f"asked for {k} quotes: ask for 1 to {MAX_QUOTES}"
        raise QuestionError(msg)
