"""The server of the page, without a browser."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import ui
from tests.browser import Server

pytest_plugins = ("tests.browser",)


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


def act(client: httpx.Client, action: str, data: Any, **headers: str) -> httpx.Response:
    """Call an action of the desk as Gradio's script in the browser does."""
    component = next(one for one in client.get("/config").json()["components"] if one["type"] == "html")
    body = {"data": data, "fn_name": f"desk_{action}", "component_id": component["id"], "session_hash": "x"}
    return client.post("/gradio_api/component_server", json=body, headers=headers)


def test_page_api_and_scripts_come_from_one_server_and_from_nowhere_else(client: httpx.Client) -> None:
    page = client.get("/").text
    loaded = re.findall(r"""<(?:script|link)[^>]*(?:src|href)=["']([^"']+)""", page)
    assert loaded
    assert "page/page.css" in page
    assert [address for address in loaded if "//" in address] == []
    for file in ("main.js", "page.css"):
        assert client.get(f"/page/{file}").status_code == 200
    assert client.get("/api/v1/health").json()["status"] == "ok"


def test_the_page_asks_through_gradio(client: httpx.Client) -> None:
    assert 'id="question"' in act(client, "page", {"lang": "ru"}).json()["html"]
    question = {"lang": "en", "question": "конвенции ООН", "number": 0, "history": []}
    question["filters"] = {"statements": [], "speakers": [], "since": None, "until": None}
    assert "<blockquote" in act(client, "ask", question).json()["html"]
    assert act(client, "ask", question, origin="https://evil.example").status_code == 403


def test_nothing_private_can_be_fetched(client: httpx.Client) -> None:
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 403
    assert client.get("/gradio_api/file=pyproject.toml").status_code == 403
    assert client.get("/page/../desk.py").status_code == 404
    assert client.get("/page/%2e%2e/desk.py").status_code == 404


def test_a_taken_port_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            ui.serve(port=port)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said == f"port {port} on 127.0.0.1 is already in use; choose another with --port\n"


def test_a_password_needs_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        ui.serve(auth="secret")
    assert stopped.value.code == 2
    assert "NAME:PASSWORD" in capsys.readouterr().err
