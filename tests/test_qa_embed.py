"""The page of docs/embed in the browser: another site asks, shows quotes and frames the chat."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from corpus import Library
from tests.browser import PATIENCE, ROOT, Server, serving

pytest_plugins = ("tests.browser",)
pytestmark = pytest.mark.browser

CONVENTION = "Who supports a convention on cybercrime?"
SERVER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[4:]
import ui
from conftest import HashEncoder
home = Path(sys.argv[1])
ui.serve(
    library=home / "library", model=HashEncoder(), cache=home / "cache", port=int(sys.argv[2]),
    origins=[sys.argv[3]],
)
"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path) -> Iterator[tuple[Path, str]]:
    """Another site: its folder and its address."""
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.fixture
def server(site, tmp_path_factory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("embedded")
    with serving(
        home, lambda port: ["-c", SERVER, str(home), port, site[1], str(ROOT), str(ROOT / "tests")]
    ) as running:
        yield running


def test_another_site_asks_shows_quotes_and_frames_the_chat(site, server: Server, browser: Browser):
    folder, address = site
    for name in ("example.html", "statement-search.js"):
        text = (ROOT / "docs" / "embed" / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("http://127.0.0.1:7860", server.url), encoding="utf-8")
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))

    page.goto(f"{address}/example.html")
    page.get_by_label("Ask the statements").fill(CONVENTION)
    page.get_by_role("button", name="Ask", exact=True).first.click()

    quote = page.locator("statement-search blockquote").first
    expect(quote).to_contain_text("convention on cybercrime", timeout=PATIENCE)
    assert quote.inner_text() in Library(server.library.folder)["examplia"].text
    assert quote.get_attribute("lang") == "en"
    expect(page.locator("statement-search cite").first).to_contain_text("Republic of Examplia")
    expect(page.locator("statement-search mark").first).to_be_visible()
    expect(page.frame_locator("iframe").locator("#question")).to_be_visible(timeout=PATIENCE)
    assert failures == []
