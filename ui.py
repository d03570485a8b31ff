"""The web chat: a Gradio page over an assistant, and the server that carries it and the HTTP API."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from qa.assistant import Assistant
from qa.web.desk import ACTIONS, Desk
from qa.web.guard import Guard
from qa.web.limits import Buckets
from qa.web.opening import Opening

if TYPE_CHECKING:
    import fastapi
    import gradio as gr

    from index import Encoder
    from qa.web.desk import Reply

_STATIC = Path(__file__).parent / "qa" / "web" / "static"
_HEAD = """
<link rel="stylesheet" href="page/page.css">
<link rel="icon" href="page/icon.svg" type="image/svg+xml">
<link rel="modulepreload" href="page/main.js">
<script>
try { document.documentElement.dataset.theme = JSON.parse(localStorage.getItem("statement-qa.theme")) ?? ""; }
catch { /* no storage: the system's theme */ }
</script>
"""
_SCRIPT = (
    'import(new URL("page/main.js", document.baseURI).href).then((page) => page.start(element, server));'
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?")
_BODY_LIMIT = 3_000_000
_BODY_LIMIT_WITH_FILES = 30_000_000
_REQUESTS_A_SECOND = 5.0
_REQUESTS_AT_ONCE = 100


def build(assistant_provider: Opening, *, editable: bool, feedback: Path | None = None) -> gr.Blocks:
    """Make the page.

    Args:
        assistant_provider: The assistant, open or about to be.
        editable: Whether statements may be added and removed on the page.
        feedback: File that keeps what readers think; None is `feedback.jsonl` in the user's data folder.

    Returns:
        Blocks to be mounted by `mount`.
    """
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    import gradio as gr
    from platformdirs import user_data_path

    if feedback is None:
        feedback = user_data_path("statement-qa", appauthor=False) / "feedback.jsonl"
    desk = Desk(assistant_provider, editable=editable, feedback=feedback)

    def action(name: str) -> Callable[..., Reply]:
        def act(data: dict[str, Any], request: gr.Request) -> Reply:
            return desk.reply(name, data, request.client.host if request.client else "")

        act.__name__ = f"desk_{name}"  # A name alone could be that of a property of the component.
        # Gradio looks for its types here, and the annotation above is a string.
        act.__annotations__ = {"request": gr.Request}
        return act

    blocks = gr.Blocks(title="Statement QA", analytics_enabled=False, fill_width=True, fill_height=True)
    with blocks:
        gr.HTML(
            html_template="",
            js_on_load=_SCRIPT,
            apply_default_css=False,
            server_functions=[action(name) for name in ACTIONS],
        )
    return blocks


def mount(app: fastapi.FastAPI, blocks: gr.Blocks) -> None:
    """Put the page at the root of an app, with its style sheet and scripts beside it."""
    import gradio as gr
    from fastapi.staticfiles import StaticFiles

    app.mount("/page", StaticFiles(directory=_STATIC))
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        head=_HEAD,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        show_error=False,
        max_file_size=1,
    )


def serve(
    *,
    library: Path | None = None,
    model: str | Path | Encoder | None = None,
    cache: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 7860,
    editable: bool | None = None,
    auth: str | None = None,
    token: str | None = None,
    origins: Sequence[str] = (),
    open_browser: bool = False,
) -> None:
    """Serve the page and the HTTP API until interrupted; the page answers while the model is still loading.

    Args:
        library: Folder of statements; None is the user's own.
        model: Path or hub name of a model, or an encoder; None is the embedded model.
        cache: Folder for indexes; None is the user's cache folder.
        host: Address to listen on; only 127.0.0.1 keeps the page to this computer.
        port: Port to listen on.
        editable: Whether statements may be added and removed; None allows it on the loopback address alone.
        auth: `name:password` that everyone must give; None for nobody.
        token: Bearer token that programs that call the HTTP API must give, in the place of `auth`; None for
            nobody.
        origins: Sites that may show the page in a frame and call the API, such as `https://example.org`.
        open_browser: Open the page once the server listens.

    Raises:
        SystemExit: The port is taken, the address is not this computer's, `auth` lacks its colon, or an
            origin is none; the code is 2.
    """
    if auth is not None and ":" not in auth:
        _give_up("--auth needs a name and a password, as NAME:PASSWORD")
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            _give_up(f"--origin {origin} names no site: give scheme and host alone, as https://example.org")
    import uvicorn

    from qa.http import PREFIX, create_app

    listening = _listen(host, port)
    local = host in _LOOPBACK
    opening = Opening(lambda progress: Assistant.open(library, model=model, cache=cache, progress=progress))
    app = create_app(
        lambda: opening.assistant,
        token=token,
        cors=origins,
        limits=Buckets(_REQUESTS_A_SECOND, _REQUESTS_AT_ONCE),
    )
    if editable is None:
        editable = local
    mount(app, build(opening, editable=editable))
    app.add_middleware(
        Guard,
        auth=auth,
        hosts=_LOOPBACK if local else (),
        body_limit=_BODY_LIMIT_WITH_FILES if editable else _BODY_LIMIT,
        origins=origins,
        has_own_guard=(PREFIX,) if token else (),
    )
    opening.start()
    address = f"http://{'localhost' if host == '0.0.0.0' else host}:{port}"
    sys.stderr.write(f"Statement QA is on {address} (Ctrl+C stops it)\n")
    if open_browser:
        webbrowser.open(address)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port now, so that nothing is loaded in vain and a browser opened early waits."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        reason = (
            "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        )
        _give_up(f"port {port} on {host} {reason}; choose another with --port")
    return listening


def _give_up(message: str) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    raise SystemExit(2)


if __name__ == "__main__":
    serve(open_browser=True)
