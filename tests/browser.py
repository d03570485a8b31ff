"""Fixtures of the browser tests: a server with the small encoder, Debian's Chromium, and visitors.

The test modules name this one in `pytest_plugins` and import from it too, hence PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from corpus import Library, Statement

ROOT = Path(__file__).parent.parent
PATIENCE = 60_000
FLAGS = (
    "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
    "disable-component-update", "disable-sync",
)  # fmt: skip
STATEMENTS = (
    Statement(
        "examplia",
        "Statement of the Republic of Examplia on cyber security",
        "Statement of the Republic of Examplia on cyber security\n\nExamplia supports the negotiation of a "
        "United Nations convention on cybercrime and calls on all states to take part.\n\nThe pandemic has "
        "shown how hospitals depend on secure networks.\n",
        "en",
        ("Republic of Examplia",),
        dt.date(2021, 9, 14),
        "https://example.org/statement",
    ),
    Statement(
        "sampleland",
        "Statement of the Federation of Sampleland on fisheries",
        "Statement of the Federation of Sampleland on fisheries\n\nSampleland calls for sustainable fishing "
        "quotas in all oceans.\n",
        "en",
        ("Federation of Sampleland",),
        dt.date(2023, 3, 2),
    ),
)
# As `statement-qa serve`, but with the encoder of the tests, which needs no model; tells of calls outside.
SMALL = """
import sys
from pathlib import Path

def watch(event, args):
    if event == "socket.connect" and args[1][0] != "127.0.0.1":
        print("OUTSIDE", args[1], file=sys.stderr, flush=True)

sys.addaudithook(watch)
sys.path[:0] = sys.argv[3:]
import ui
from conftest import CALIBRATION, HashEncoder
from qa.abstention import save
home = Path(sys.argv[1])
save({HashEncoder.fingerprint: CALIBRATION}, home / "cache" / "calibration.json")
ui.serve(library=home / "library", model=HashEncoder(), cache=home / "cache", port=int(sys.argv[2]))
"""


@dataclass(frozen=True)
class Server:
    """A running server, and where it keeps what."""

    url: str
    library: Library
    feedback: Path
    page_came_first: bool


@pytest.fixture(scope="session")
def chromium() -> str:
    path = shutil.which("chromium")
    if path is None:
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report("the browser tests were NOT run: there is no Chromium here (apt-get install chromium)")
    return str(path)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("server")
    with serving(
        home, lambda port: ["-c", SMALL, str(home), port, str(ROOT), str(ROOT / "tests")]
    ) as running:
        yield running
    assert "OUTSIDE" not in (home / "log").read_text()


@contextmanager
def serving(home: Path, command: Callable[[str], Sequence[str]]) -> Iterator[Server]:
    """Run a server on a free port over a library in `home`, until it can answer questions."""
    library = Library.open(home / "library")
    for statement in STATEMENTS:
        library.add(statement)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    places = {"XDG_DATA_HOME": str(home / "data"), "XDG_CACHE_HOME": str(home / "cache")}
    log = home / "log"
    with log.open("w") as writing:
        process = subprocess.Popen(
            [sys.executable, *command(port)],
            cwd=ROOT,
            env=os.environ | places,
            stdout=writing,
            stderr=writing,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        page_came_first = False
        deadline = time.monotonic() + 300
        while _status(f"{url}/api/v1/health") != 200:
            page_came_first = page_came_first or _status(url) == 200
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.3)
        yield Server(url, library, home / "data" / "statement-qa" / "feedback.jsonl", page_came_first)
    finally:
        process.kill()
        process.wait()


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[f"--{flag}" for flag in FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """Browser contexts by their options: visitors with the same ones share the scripts already loaded."""
    opened: dict[str, BrowserContext] = {}
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture
def visit(
    browser: Browser, server: Server, contexts: dict[str, BrowserContext]
) -> Iterator[Callable[..., Page]]:
    """Open the page as a new visitor; in the end nothing has left the machine or failed in a script."""
    pages: list[Page] = []
    requested: list[tuple[str, str]] = []
    failures: list[str] = []

    def open_(path: str = "/", *, at: str = server.url, **options: Any) -> Page:
        options = {"locale": "en-US", "viewport": {"width": 1440, "height": 900}} | options
        key = json.dumps(options, sort_keys=True)
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
            contexts[key].set_default_timeout(PATIENCE)
            contexts[key].grant_permissions(["clipboard-read", "clipboard-write"])
        page = contexts[key].new_page()
        pages.append(page)
        page.on("request", lambda request: requested.append((at, request.url)))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("dialog", lambda dialog: failures.append(dialog.message))
        page.goto(f"{at}/page/page.css")
        page.evaluate("localStorage.clear()")
        page.goto(at + path)
        page.wait_for_selector("#intro h2", state="attached")
        return page

    yield open_
    for page in pages:
        page.close()
    assert [url for home, url in requested if not url.startswith((home, "data:", "blob:"))] == []
    assert failures == []


def ask(page: Page, question: str) -> Locator:
    """Write a question, send it, and wait for its turn."""
    number = page.locator("#turns > .turn").count()
    page.fill("#question", question)
    page.press("#question", "Enter")
    turn = page.locator(f'#turns > .turn[data-turn="{number}"]')
    expect(turn).to_be_visible(timeout=PATIENCE)
    return turn
