"""Errors over HTTP as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was not served.

    Attributes:
        title: The meaning of the status.
        status: HTTP status code.
        detail: What is wrong with this request and what to do.
        errors: JSON pointer into the body, or name in the query -> what is wrong there.
        type: Always `about:blank`: the status says it all.
    """

    title: str
    status: int
    detail: str
    errors: Mapping[str, str] = field(default_factory=dict)
    type: str = "about:blank"


_adapter = TypeAdapter(Problem)


def problem_response(
    status: int,
    detail: str,
    *,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response that carries a problem."""
    problem = Problem(HTTPStatus(status).phrase, status, detail, errors or {})
    return Response(_adapter.dump_json(problem), status, headers, MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of these statuses, for the `responses` of a route."""
    schema = _adapter.json_schema()
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def report_problems(app: FastAPI) -> None:
    """Make every error of an application a problem."""
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Exception, _on_fault)


class BodyLimit:
    """Middleware that refuses requests with more than `most` bytes.

    Starlette has one too, but it answers in plain text where the length was announced.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._most:
                raise HTTPException(
                    413, f"the request has more than {self._most} bytes: ask for less at once"
                )
            return message

        await self._app(scope, counted, send)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # The signature Starlette asks for is wider than the case.
        raise error
    return problem_response(error.status_code, error.detail, headers=error.headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # What was sent is not echoed: it may be large, and it may be someone's secret.
    errors = {_pointer(one): str(one["msg"]) for one in error.errors()}
    return problem_response(422, "the request is not as the API describes it", errors=errors)


def _pointer(error: Mapping[str, Any]) -> str:
    """Where in the request an error is, as a JSON pointer (RFC 6901); empty is the whole of it."""
    if error["type"] == "json_invalid":
        return ""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error["loc"][1:])


async def _on_fault(request: Request, error: Exception) -> Response:
    return problem_response(500, "something went wrong here; the log of the server says what")
