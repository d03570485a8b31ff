"""What stands before the page and the HTTP API: who may ask, from where, how much, and what loads."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio starts the page's script from a string, which needs 'unsafe-eval'; nothing comes from elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors {ancestors}"
)
_CLOSED = ("/gradio_api/upload", "/gradio_api/file=", "/gradio_api/proxy=")
_API = "/api/"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware that refuses before anything is read.

    It asks for a name and a password where some are set; lets other sites neither post (CSRF) nor, where
    `hosts` are given, reach the server under a name of theirs (DNS rebinding); limits bodies; closes
    Gradio's own ways for files; and forbids the browser to load anything from elsewhere.

    Args:
        app: What it guards.
        auth: `name:password`, or None to let everyone in.
        hosts: The only host names it answers to; empty for any.
        body_limit: Largest request, in bytes.
        origins: Other sites that may show the page in a frame and post to the API.
        has_own_guard: Paths that `auth` does not concern.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        auth: str | None,
        hosts: Sequence[str],
        body_limit: int,
        origins: Sequence[str] = (),
        has_own_guard: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._auth = b"Basic " + base64.b64encode(auth.encode()) if auth else None
        self._hosts = frozenset(hosts)
        self._body_limit = body_limit
        self._origins = frozenset(origins)
        self._has_own_guard = has_own_guard
        policy = _POLICY.format(ancestors=" ".join(origins) or "'none'")
        self._headers = (
            (b"content-security-policy", policy.encode("latin-1")),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        status = self._refusal(scope["method"], scope["path"], headers)
        if status is not None:
            await _refuse(send, status)
            return
        await self._app(scope, self._limited(receive), self._with_headers(send))

    def _refusal(self, method: str, path: str, headers: dict[bytes, bytes]) -> int | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if self._hosts and _name(host) not in self._hosts:
            return 421
        asks = self._auth is not None and not path.startswith(self._has_own_guard)
        if asks and not secrets.compare_digest(headers.get(b"authorization", b""), self._auth or b""):
            return 401
        origin = headers.get(b"origin", b"").decode("latin-1")
        invited = origin in self._origins and path.startswith(_API)
        if method not in _READING and origin and origin.partition("://")[2] != host and not invited:
            return 403
        if path.startswith(_CLOSED):
            return 403
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._body_limit:
            return 413
        return None

    def _limited(self, receive: Receive) -> Receive:
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._body_limit:
                return {"type": "http.disconnect"}
            return message

        return limited

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        return sending


def _name(host: str) -> str | None:
    """The name in a Host header, without the port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="statement-qa", charset="UTF-8"'))
    text = {401: b"name and password, please", 413: b"too large", 421: b"unknown host name"}.get(
        status, b"not from here"
    )
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text + b"\n"})
