"""The HTTP API: ask, search, read and verify, as JSON under /api/v1.

The records of `qa.answer` are the JSON, as on the command line. Errors are problem details (RFC 9457).
There are no documentation pages, because those load scripts from elsewhere: `/api/v1/openapi.json`
describes everything.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as version_of
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, FastAPI, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from corpus import CorpusError, Filters
from corpus.filters import select
from qa.answer import Answer, Quote
from qa.assistant import MAX_QUOTES, Assistant, QuestionError
from qa.catalogue import Entry, Source, entry, source, statements_of
from qa.http_examples import ANSWER, QUESTION, RECEIPT
from qa.problems import BodyLimit, report_problems, responses
from qa.receipt import Verification
from qa.requests import Keywords, Question, ReceiptIn, Selection
from qa.web.limits import Buckets

PREFIX = "/api/v1"
MAX_BODY = 256 * 1024
_RETRY_AFTER = "5"


@dataclass(frozen=True, slots=True)
class Health:
    """The server is ready.

    Attributes:
        status: Always `ok`; a server that is not ready answers 503.
        statements: How many statements it holds.
        passages: How many passages it searches.
        model_fingerprint: Which model made the vectors.
    """

    status: Literal["ok"]
    statements: int
    passages: int
    model_fingerprint: str


@dataclass(frozen=True, slots=True)
class Version:
    """Which program answers.

    Attributes:
        name: Of the program.
        version: Of the program.
    """

    name: str
    version: str


def create_app(
    assistant: Assistant | Callable[[], Assistant | None],
    *,
    token: str | None = None,
    cors: Sequence[str] = (),
    limits: Buckets | None = None,
) -> FastAPI:
    """Make the application that serves the API under `/api/v1`; a page can be mounted beside it.

    Args:
        assistant: Answers the questions; or a function that gives it, or None while it is not open yet.
        token: Asked of every client as `Authorization: Bearer TOKEN`, but not for health and version.
        cors: Origins whose pages may call the API, such as `https://example.org`; none where empty.
        limits: How often one client may ask.

    Returns:
        An application; the API is a mounted one of its own, so that its errors, limits and CORS end there.
    """
    version = version_of("statement-qa")
    api = FastAPI(
        title="statement-qa",
        version=version,
        summary="Ask statements in any language; get their paragraphs back, quoted to the character.",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.provide = (lambda: assistant) if isinstance(assistant, Assistant) else assistant
    api.state.limits = limits
    api.state.token = token
    report_problems(api)
    api.add_middleware(BodyLimit, most=MAX_BODY)
    if cors:
        api.add_middleware(
            CORSMiddleware, allow_origins=cors, allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"], expose_headers=["X-Total-Count"],
        )  # fmt: skip
    guards = [Depends(_within_limits)]
    if token is not None:
        guards.append(Depends(_with_token))
    api.include_router(_open)
    api.include_router(_guarded, dependencies=guards, responses=responses(401) if token is not None else None)
    app = FastAPI(title="statement-qa", version=version, openapi_url=None)
    report_problems(app)
    app.mount(PREFIX, api)
    return app


_open = APIRouter(tags=["server"])
_guarded = APIRouter(tags=["statements"], responses=responses(429, 503))


def _ready(request: Request) -> Assistant:
    assistant: Assistant | None = request.app.state.provide()
    if assistant is None:
        raise HTTPException(
            503, "the model is still loading: try again in a moment", {"Retry-After": _RETRY_AFTER}
        )
    return assistant


def _within_limits(request: Request) -> None:
    limits: Buckets | None = request.app.state.limits
    client = request.client.host if request.client else ""
    if limits is not None and not limits.take(client):
        raise HTTPException(429, "too many questions at once: wait a little", {"Retry-After": _RETRY_AFTER})


_bearer = HTTPBearer(auto_error=False, description="The token the server was started with.")


def _with_token(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    token: str = request.app.state.token
    # Headers come decoded as Latin-1, whatever was sent.
    sent = given.credentials.encode("latin-1") if given is not None else b""
    if not secrets.compare_digest(sent, token.encode()):
        raise HTTPException(
            401, "send the server's token as `Authorization: Bearer TOKEN`", {"WWW-Authenticate": "Bearer"}
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """What the request asks for and cannot have: an impossible question, or a name that is not there."""
    try:
        yield
    except QuestionError as error:
        raise HTTPException(422, str(error)) from error
    except CorpusError as error:
        raise HTTPException(404, str(error)) from error


Ready = Annotated[Assistant, Depends(_ready)]
_ASKING = responses(400, 404, 413, 422)
_ASK_EXAMPLES: Any = {"a question in another language": {"value": QUESTION}}


@_guarded.post(
    "/ask",
    responses={200: {"content": {"application/json": {"example": ANSWER}}}, **_ASKING},
    response_description="Quotes, or `not_found` with the nearest passages.",
)
def ask(asked: Annotated[Question, Body(openapi_examples=_ASK_EXAMPLES)], assistant: Ready) -> Answer:
    """Quote what the statements say to a question, or say that they do not say it."""
    with _refusals():
        return assistant.ask(
            asked.question, asked.k, filters=asked.filters, history=asked.history, language=asked.language
        )


@_guarded.post(
    "/search",
    responses={200: {"content": {"application/json": {"example": ANSWER["quotes"]}}}, **_ASKING},
    response_description="Quotes, best first.",
)
def search(
    asked: Annotated[Keywords, Body(openapi_examples=_ASK_EXAMPLES)], assistant: Ready
) -> tuple[Quote, ...]:
    """Give the nearest passages, whether they answer or not."""
    with _refusals():
        return assistant.search(
            asked.question,
            asked.k,
            filters=asked.filters,
            history=asked.history,
            language=asked.language,
            channel=asked.channel,
        )


@_guarded.get("/statements", responses=responses(404, 422), response_description="In the order of their ids.")
def list_statements(
    asked: Annotated[Selection, Query()], assistant: Ready, response: Response
) -> tuple[Entry, ...]:
    """List the statements, without their texts; `X-Total-Count` says how many there are on all pages."""
    filters = Filters(speakers=tuple(asked.speaker), since=asked.since, until=asked.until)
    with _refusals():
        selected = select(statements_of(assistant), filters)
    response.headers["X-Total-Count"] = str(len(selected))
    return tuple(entry(statement) for statement in selected[asked.offset : asked.offset + asked.limit])


@_guarded.get("/statements/{statement_id}", responses=responses(404))
def get_statement(statement_id: str, assistant: Ready) -> Source:
    """Give a whole statement, with its hash and the places of its paragraphs."""
    try:
        return source(assistant.library[statement_id])
    except KeyError:
        raise HTTPException(404, "there is no statement of this id; /statements lists them") from None


@_guarded.post(
    "/quotes/verify", responses=responses(400, 413, 422), response_description="In the order of the receipts."
)
def verify_quotes(
    receipts: Annotated[
        list[ReceiptIn],
        Body(min_length=1, max_length=MAX_QUOTES, openapi_examples={"of one quote": {"value": [RECEIPT]}}),
    ],
    assistant: Ready,
) -> list[Verification]:
    """Check quotes by their receipts against the statements as they are now."""
    return [assistant.verify(receipt) for receipt in receipts]


@_open.get("/health", responses=responses(503))
def health(assistant: Ready) -> Health:
    """Say whether questions can be asked."""
    return Health("ok", len(assistant.library), len(assistant.passages), assistant.encoder.fingerprint)


@_open.get("/version")
def version() -> Version:
    """Say which program answers."""
    return Version("statement-qa", version_of("statement-qa"))
