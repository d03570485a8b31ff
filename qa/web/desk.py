"""What each action of the reader does: a checked request in, HTML and plain values out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from corpus import CorpusError, Library, Statement
from qa.assistant import MAX_QUESTION, Assistant, QuestionError
from qa.catalogue import statements_of
from qa.web import requests as ask_for
from qa.web.conversation import as_json, as_markdown
from qa.web.feedback import keep
from qa.web.limits import Buckets
from qa.web.opening import Opening
from qa.web.paragraphs import paragraphs, receipt_of_link
from qa.web.refusals import in_words
from qa.web.rendering import render, render_reading, render_turn
from qa.web.texts import LANGS, Texts, texts
from qa.web.turn import Turn, take_turn

Reply = dict[str, Any]

EXAMPLES = {
    "csto-information-security": (
        ("en", "What do member states say about the UN convention?"),
        ("ru", "Как они относятся к вмешательству во внутренние дела?"),
        ("fr", "Quelle menace représentent les cyberattaques pendant la pandémie ?"),
        ("zh", "他们如何评价联合国的作用？"),
        ("es", "¿Qué acuerdo regula la cooperación en seguridad de la información?"),
        ("en", "What do they say about climate change?"),
    )
}
_QUESTIONS_A_SECOND = 2.0
_QUESTIONS_AT_ONCE = 40
_FREE = frozenset({"page", "status"})


class NotReadyError(Exception):
    """The assistant is still being opened."""


class Desk:
    """Serves the page; safe to use from many threads.

    Args:
        opening: The assistant, open or about to be.
        editable: Whether statements may be added and removed.
        feedback: File of JSON lines that keeps what readers think.
        buckets: Limits how often one client may ask; None is the usual limit.
    """

    def __init__(
        self, opening: Opening, *, editable: bool, feedback: Path, buckets: Buckets | None = None
    ) -> None:
        self._opening = opening
        self._may_edit = editable
        self._feedback = feedback
        self._buckets = buckets or Buckets(_QUESTIONS_A_SECOND, _QUESTIONS_AT_ONCE)
        self._changing = threading.Lock()
        self._progress = (0, 0)

    def reply(self, action: str, data: Mapping[str, Any], client: str) -> Reply:
        """Do an action.

        Args:
            action: A key of `ACTIONS`.
            data: The request, as in `qa.web.requests`; nothing in it is trusted.
            client: Address of the reader, for the limit.

        Returns:
            JSON values; `error` holds a text for the reader where it could not be done.
        """
        kind, method = ACTIONS[action]
        t = texts("ru" if isinstance(data, Mapping) and data.get("lang") == "ru" else "en")
        if action not in _FREE and not self._buckets.take(client):
            return {"error": t("error_rate")}
        try:
            return method(self, TypeAdapter(kind).validate_python(data), t)
        except ValidationError:
            return {"error": t("error_request")}
        except NotReadyError:
            return {"error": t("error_not_ready")}
        except (QuestionError, CorpusError, KeyError) as error:
            return {"error": in_words(error, t)}

    def page(self, request: ask_for.Plain, t: Texts) -> Reply:
        """The empty page, and the texts its script needs."""
        languages = [(lang, texts(lang)("language_name")) for lang in LANGS]
        html = render("page", t, languages=languages, limit=MAX_QUESTION)
        return {"html": html, "texts": {key: text for key, text in t.table.items() if isinstance(text, str)}}

    def status(self, request: ask_for.Plain, t: Texts) -> Reply:
        """Whether questions can be asked; and once they can, what the library holds."""
        opening = self._opening
        if opening.error is not None:
            return {"ready": False, "failed": t("start_failed", reason=opening.error)}
        if opening.assistant is None:
            text = (
                t("starting_progress", done=opening.done, total=opening.total)
                if opening.total
                else t("starting")
            )
            return {"ready": False, "text": text, "done": opening.done, "total": opening.total}
        statements = statements_of(opening.assistant)
        examples = [one for s in statements for one in EXAMPLES.get(s.id, ())]
        done, total = self._progress
        return {
            "ready": True,
            "intro": render("intro", t, statements=statements, examples=examples, **_holdings(statements, t)),
            "statements": [{"id": s.id, "title": s.title} for s in statements],
            "speakers": sorted({name for s in statements for name in s.speakers}),
            "done": done,
            "total": total,
        }

    def ask(self, request: ask_for.Ask, t: Texts) -> Reply:
        """Answer a question."""
        turn = take_turn(self._assistant, request.question, request.quotes, request.history, request.filters)
        return {
            "html": render_turn(turn, request.number, self._assistant, t),
            "turn": TypeAdapter(Turn).dump_python(turn, mode="json"),
        }

    def show(self, request: ask_for.Show, t: Texts) -> Reply:
        """Show turns again, checking their quotes against the library as it is now."""
        return {
            "html": "".join(render_turn(turn, i, self._assistant, t) for i, turn in enumerate(request.turns))
        }

    def export(self, request: ask_for.Export, t: Texts) -> Reply:
        """A conversation as a file."""
        answers = [turn.answer for turn in request.turns]
        if request.form == "json":
            return {"name": f"{t('export_name')}.json", "type": "application/json", "text": as_json(answers)}
        return {"name": f"{t('export_name')}.md", "type": "text/markdown", "text": as_markdown(answers, t)}

    def read(self, request: ask_for.Read, t: Texts) -> Reply:
        """A statement to read, at the place a link leads to."""
        assistant = self._assistant
        try:
            statement = assistant.library[request.s]
        except KeyError:
            return {"error": t("reading_missing", name=request.s)}
        place, notice = None, ""
        if request.c and request.h:
            try:
                verification = assistant.verify(receipt_of_link(request.s, request.c, request.h))
            except ValueError:
                return {"error": t("error_request")}
            if verification.start is not None and verification.stop is not None:
                place = (verification.start, verification.stop)
            notice = {"moved": t("reading_moved"), "changed": t("reading_changed")}.get(
                verification.status, ""
            )
        relevance = [(p.number, 0.0) for p in paragraphs(statement)]
        if request.question.strip():
            known = dict(assistant.relevance(request.question, request.s, history=request.history))
            relevance = [(number, known.get(number, 0.0)) for number, _ in relevance]
        number = request.p
        if place:
            number = max((p.number for p in paragraphs(statement) if p.start <= place[0]), default=number)
        html = render_reading(statement, t, place=place, notice=notice, paragraph=number, relevance=relevance)
        return {"html": html, "paragraph": number, "quoted": place is not None}

    def verify(self, request: ask_for.Check, t: Texts) -> Reply:
        """Check a receipt."""
        status = self._assistant.verify(request.receipt).status
        return {"status": status, "text": t(f"status_{status}")}

    def opinion(self, request: ask_for.Opinion, t: Texts) -> Reply:
        """Keep what a reader thinks."""
        keep(request.feedback, self._feedback)
        return {"text": t("thanks")}

    def library(self, request: ask_for.Plain, t: Texts) -> Reply:
        """The list of statements, with what may be done to it."""
        statements = statements_of(self._assistant)
        rows = [
            (s, sum(p.number > 0 for p in paragraphs(s)))
            for s in sorted(statements, key=lambda s: s.title.casefold())
        ]
        holdings = _holdings(statements, t)
        html = render(
            "library", t, rows=rows, editable=self._editable is not None, total=holdings["paragraphs"],
            languages=holdings["languages"],
        )  # fmt: skip
        return {"html": html}

    def add(self, request: ask_for.Add, t: Texts) -> Reply:
        """Take an uploaded file into the library."""
        from corpus.reading import read_text

        library = self._editable
        if library is None:
            return {"error": t("error_read_only")}
        statement = read_text(request.name, request.data)
        done = library.add(statement)
        self._refresh()
        key = "library_present" if done == "already there" else "library_added"
        held = library.id_of(statement) or statement.id
        return {"id": held, "text": t(key, name=library[held].title)}

    def remove(self, request: ask_for.Named, t: Texts) -> Reply:
        """Take a statement out of the library."""
        library = self._editable
        if library is None:
            return {"error": t("error_read_only")}
        title = library[request.id].title
        library.remove(request.id)
        self._refresh()
        return {"id": request.id, "text": t("library_removed", name=title)}

    def restore(self, request: ask_for.Named, t: Texts) -> Reply:
        """Bring a removed statement back."""
        library = self._editable
        if library is None:
            return {"error": t("error_read_only")}
        library.restore(request.id)
        self._refresh()
        return {"id": request.id, "text": t("library_restored", name=library[request.id].title)}

    @property
    def _assistant(self) -> Assistant:
        assistant = self._opening.assistant
        if assistant is None:
            raise NotReadyError
        return assistant

    @property
    def _editable(self) -> Library | None:
        library = self._assistant.library
        return library if self._may_edit and isinstance(library, Library) and not library.read_only else None

    def _refresh(self) -> None:
        with self._changing:
            try:
                self._assistant.refresh(self._note)
            finally:
                self._progress = (0, 0)

    def _note(self, done: int, total: int) -> None:
        self._progress = (done, total)


def _holdings(statements: tuple[Statement, ...], t: Texts) -> dict[str, Any]:
    return {
        "paragraphs": sum(p.number > 0 for s in statements for p in paragraphs(s)),
        "languages": sorted({t.language(s.language) for s in statements}),
    }


ACTIONS: dict[str, tuple[type, Callable[[Desk, Any, Texts], Reply]]] = {
    "page": (ask_for.Plain, Desk.page),
    "status": (ask_for.Plain, Desk.status),
    "ask": (ask_for.Ask, Desk.ask),
    "show": (ask_for.Show, Desk.show),
    "export": (ask_for.Export, Desk.export),
    "read": (ask_for.Read, Desk.read),
    "verify": (ask_for.Check, Desk.verify),
    "opinion": (ask_for.Opinion, Desk.opinion),
    "library": (ask_for.Plain, Desk.library),
    "add": (ask_for.Add, Desk.add),
    "remove": (ask_for.Named, Desk.remove),
    "restore": (ask_for.Named, Desk.restore),
}
"""Every action with the record of its request."""
