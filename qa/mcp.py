"""The statements for assistants that speak the Model Context Protocol: five tools that only read."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from pydantic import RootModel

from corpus import CorpusError
from corpus.filters import select
from qa.answer import Answer, Quote
from qa.assistant import Assistant, QuestionError
from qa.catalogue import Entry, Source, entry, source, statements_of
from qa.receipt import Verification
from qa.requests import Count, FiltersIn, History, Language, ReceiptIn, Text
from qa.web.opening import Opening

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = """\
These tools quote diplomatic statements. Ask in any language; quotes stay in the language of the source.
Repeat a quote's `text` exactly, in the original, with its `citation`; call a translation beside it one.
When the verdict is `not_found`, say that the statements do not say it: `nearest` only came closest."""
_ALL = FiltersIn()

# The library makes an output schema of a pydantic model, but not of a dataclass with slots.
AnswerOut = RootModel[Answer]
SourceOut = RootModel[Source]
VerificationOut = RootModel[Verification]


def serve(open_assistant: Callable[[], Assistant], *, transport: str, host: str, port: int) -> None:
    """Serve until the client goes away.

    The assistant opens in the background, so that a client that starts the server is answered at once; its
    first question waits.

    Args:
        open_assistant: Opens the assistant.
        transport: `stdio`, or `http` for streamable HTTP at `/mcp`.
        host: Address to listen on, for `http`.
        port: Port to listen on, for `http`.

    Raises:
        ValueError: The transport is another.
        ModuleNotFoundError: The package `mcp` is not installed.
    """
    if transport not in ("stdio", "http"):
        msg = f"unknown transport {transport!r}: use stdio or http"
        raise ValueError(msg)
    opening = Opening(lambda progress: open_assistant())
    server = make_server(opening)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The server diverts what others print, if it does not stay in the buffer until the end.
        sys.stdout.reconfigure(line_buffering=True)
    opening.start()
    if transport == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host=host, port=port)


def make_server(opening: Opening) -> MCPServer:
    """Make a server whose tools wait for the assistant to open.

    Raises:
        ModuleNotFoundError: The package `mcp` is not installed.
    """
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp_types import ToolAnnotations
    except ModuleNotFoundError as error:
        msg = "the Model Context Protocol needs one more package: pip install 'statement-qa[mcp]'"
        raise ModuleNotFoundError(msg, name=error.name) from error

    server = MCPServer(
        "statement-qa",
        title="Diplomatic statements, quoted",
        instructions=INSTRUCTIONS,
        version=version("statement-qa"),
        log_level="WARNING",
    )
    reads = server.tool(
        structured_output=True,
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )

    @contextmanager
    def assistant() -> Iterator[Assistant]:
        opened = opening.wait()
        if opened is None:
            msg = f"the statements could not be opened: {opening.error}"
            raise ToolError(msg)
        try:
            yield opened
        except (QuestionError, CorpusError) as error:
            raise ToolError(str(error)) from error

    @reads
    def ask(
        question: Text,
        k: Count = 3,
        filters: FiltersIn = _ALL,
        history: History = (),
        language: Language | None = None,
    ) -> AnswerOut:
        """Quote what the statements say to a question in any language, or say that they do not say it."""
        with assistant() as opened:
            return AnswerOut(opened.ask(question, k, filters=filters, history=history, language=language))

    @reads
    def search(
        question: Text, k: Count = 10, filters: FiltersIn = _ALL, language: Language | None = None
    ) -> tuple[Quote, ...]:
        """Give the passages nearest to a question or to keywords, whether they answer or not."""
        with assistant() as opened:
            return opened.search(question, k, filters=filters, language=language)

    @reads
    def list_statements(filters: FiltersIn = _ALL) -> tuple[Entry, ...]:
        """List the statements: ids, titles, speakers, dates and languages."""
        with assistant() as opened:
            return tuple(entry(statement) for statement in select(statements_of(opened), filters))

    @reads
    def get_statement(statement_id: str) -> SourceOut:
        """Give the whole text of a statement, with the places of its paragraphs."""
        with assistant() as opened:
            try:
                return SourceOut(source(opened.library[statement_id]))
            except KeyError:
                msg = "there is no statement of this id: list_statements gives them"
                raise ToolError(msg) from None

    @reads
    def verify_quote(receipt: ReceiptIn) -> VerificationOut:
        """Check a quote by its receipt: exact, moved, changed or missing in the source as it is now."""
        with assistant() as opened:
            return VerificationOut(opened.verify(receipt))

    return server
