"""Every block of code in the documentation runs, and prints what the documentation says it prints."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from index import SentenceEncoder
from qa.assistant import Assistant
from qa.http import create_app

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[1]
SERVER = "http://127.0.0.1:7860"
PAGES = ["python", "langchain", "llamaindex", "haystack", "http", "mcp", "web-page"]
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """(language, text) of the fenced blocks of a page."""
    return _FENCE.findall(page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(autouse=True)
def home(encoder, tmp_path, monkeypatch) -> None:
    """A new user's machine, but the model is loaded once for all pages."""
    monkeypatch.setenv("STATEMENT_QA_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("qa.assistant.SentenceEncoder", lambda model=None: encoder)


@pytest.fixture
def address() -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(Assistant.open()), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def run_python(code: str, names: dict[str, object]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "documentation", "exec"), names)  # Our own text, as a reader would run it.
    return printed.getvalue()


def run_console(text: str) -> str:
    commands = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    assert commands
    return "".join(
        subprocess.run(["bash", "-ec", command], check=True, capture_output=True, text=True).stdout
        for command in commands
    )


def matches(printed: str, promised: str) -> bool:
    """Whether what was printed is what was promised, where … stands for anything."""
    pattern = ".*".join(re.escape(part) for part in promised.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(page, request):
    found = blocks(ROOT / "docs" / f"{page}.md")
    text = "".join(block for _, block in found)
    address = request.getfixturevalue("address") if f"{SERVER}/api" in text else SERVER
    if page in ("llamaindex", "haystack"):
        pytest.importorskip(f"qa.{page}", exc_type=ImportError)
    names: dict[str, object] = {"__name__": "documentation"}
    printed = ""
    for language, block in found:
        code = block.replace(SERVER, address)
        if language == "python":
            printed = run_python(code, names)
        elif language == "console":
            if shutil.which("curl") is None:
                pytest.skip("curl is not installed")
            printed = run_console(code)
        elif language == "text":
            assert matches(printed, block), printed


def test_the_readme_runs():
    [code] = [block for language, block in blocks(ROOT / "README.md") if language == "python"]

    assert "конвенции" in run_python(code, {})


def test_the_pages_are_the_doors_and_every_link_leads_somewhere():
    pages = sorted((ROOT / "docs").glob("*.md"))

    assert {page.stem for page in pages} == {*PAGES, "chat", "evaluation"}
    for page in [*pages, ROOT / "README.md"]:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
