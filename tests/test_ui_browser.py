"""Conversations in the browser: what a person asks, opens, copies, filters and keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Server, ask, serving

pytest_plugins = ("tests.browser",)
pytestmark = pytest.mark.browser

CONVENTION = "Who supports a convention on cybercrime?"
ABSENT = "zebra quagga okapi"


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.parametrize(
    ("question", "lead", "language"),
    [
        (CONVENTION, "3 passages in 2 statements", "en"),
        ("конвенции ООН по противодействию", "3 passages in 1 statement", "ru"),
    ],
)
def test_an_answer_is_quotes_in_the_original(
    visit: Callable[..., Page], server: Server, question: str, lead: str, language: str
) -> None:
    page = visit()
    turn = ask(page, question)
    expect(turn.locator(".lead")).to_contain_text(lead)
    expect(page.locator("#announce")).to_contain_text(lead)
    quotes = turn.locator(".card blockquote").all()
    assert len(quotes) == 3
    assert quotes[0].get_attribute("lang") == language
    sources = {
        statement.language: statement.text for statement in server.library if statement.id != "sampleland"
    }
    for quote in quotes:
        assert quote.text_content() in sources[quote.get_attribute("lang")]
    expect(turn.locator(".silent")).to_contain_text("Federation of Sampleland")


def test_not_found_says_so_and_shows_the_nearest(visit: Callable[..., Page]) -> None:
    turn = ask(visit(), ABSENT)
    expect(turn.locator(".lead")).to_contain_text("Not found.")
    expect(turn.locator(".lead")).to_contain_text("Searched: 13 passages in 3 statements.")
    expect(turn.locator("details.nearest > summary")).to_have_text(
        "The nearest passages, which are not an answer"
    )


def test_open_the_source_copy_and_follow_the_permalink(visit: Callable[..., Page], server: Server) -> None:
    page = visit()
    card = ask(page, CONVENTION).locator(".card").first
    quoted = card.locator("blockquote").text_content()
    card.get_by_text("Open in the statement").click()
    expect(page.locator("#reading-quote")).to_be_in_viewport()
    assert page.locator("#reading-quote").text_content() == quoted
    assert set(parse_qs(urlsplit(page.url).query)) == {"s", "p", "c", "h"}
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    page.go_back()
    expect(page.locator("#reading-quote")).to_be_visible()
    card.get_by_text("Copy quote").click()
    expect(page.locator("#toast")).to_be_visible()
    assert clipboard(page).startswith(f"«{quoted}»\n— ")
    card.get_by_text("Receipt").click()
    card.get_by_text("Verify", exact=True).click()
    expect(card.locator(".verified")).to_contain_text("Verified")
    card.get_by_text("Copy link").click()
    expect(page.locator("#toast")).to_have_text("Link copied")
    link = clipboard(page).removeprefix(server.url)
    guest = visit(link)
    expect(guest.locator("#reading-quote")).to_be_in_viewport()
    assert guest.locator("#reading-quote").text_content() == quoted
    stale = visit(re.sub(r"h=\w{3}", "h=AAA", link))
    expect(stale.locator("#reader .notice")).to_contain_text("The source has changed")


def test_the_map_leads_to_a_paragraph(visit: Callable[..., Page]) -> None:
    page = visit()
    turn = ask(page, "Массированные компьютерные атаки в условиях пандемии")
    turn.locator('.map a[href*="csto"][aria-label^="Paragraph 7:"]').click()
    expect(page.locator("#p-7")).to_be_in_viewport()
    expect(page.locator("#p-7")).to_have_class(re.compile("current"))


def test_filters_are_chips_kept_in_the_address(visit: Callable[..., Page]) -> None:
    page = visit()
    page.click("#filter-button")
    page.select_option("#filters [name=speaker]", "Republic of Examplia")
    page.fill("#filters [name=since]", "2021-13-01")
    page.press("#filters [name=since]", "Enter")
    expect(page.locator("#toast")).to_have_text("“2021-13-01” is not a date: write it as 2024-05-31.")
    page.fill("#filters [name=since]", "2021-01-31")
    page.press("#filters [name=since]", "Enter")
    assert parse_qs(urlsplit(page.url).query) == {
        "speaker": ["Republic of Examplia"],
        "since": ["2021-01-31"],
    }
    turn = ask(page, CONVENTION)
    expect(turn.locator(".lead")).to_contain_text("in 1 statement")
    page.reload()
    expect(page.locator("#chips button")).to_have_text(["Speaker: Republic of Examplia", "Since 2021-01-31"])
    expect(page.locator("#turns .turn")).to_have_count(1)
    page.locator("#chips button").first.click()
    expect(page.locator("#chips button")).to_have_count(1)
    assert "speaker" not in page.url


def test_a_conversation(visit: Callable[..., Page], server: Server) -> None:
    page = visit()
    ask(page, CONVENTION)
    second = ask(page, "and about hospitals?")
    expect(second.locator(".note").first).to_have_text("Read together with your earlier questions.")
    second.get_by_text("More passages").click()
    expect(second.locator(".card")).to_have_count(8)
    second.get_by_text("Not useful").click()
    second.get_by_label("A better passage exists").check()
    second.get_by_text("Send").click()
    expect(page.locator("#toast")).to_contain_text("Thank you")
    kept = json.loads(server.feedback.read_text(encoding="utf-8").splitlines()[-1])
    assert (kept["thumb"], kept["reason"], kept["history"]) == ("down", "missing", [CONVENTION])
    for name, ending in (("Save as Markdown", "conversation.md"), ("Save as JSON", "conversation.json")):
        with page.expect_download() as download:
            page.get_by_text(name).click()
        assert download.value.suggested_filename == ending
        assert CONVENTION[:20] in Path(download.value.path()).read_text(encoding="utf-8")
    page.get_by_text("Copy link to this conversation").click()
    expect(page.locator("#toast")).to_have_text("Link copied")
    shared = clipboard(page).removeprefix(server.url)
    page.get_by_text("Take back").last.click()
    expect(page.locator("#turns .turn")).to_have_count(1)
    expect(page.locator("#question")).to_have_value("and about hospitals?")
    page.get_by_text("Ask again").click()
    expect(page.locator("#turns .turn .card").first).to_be_visible(timeout=30_000)
    page.get_by_text("New conversation").click()
    expect(page.locator("#turns .turn")).to_have_count(0)
    page.reload()
    page.locator("#chats .chat").click()
    expect(page.locator("#turns .turn")).to_have_count(1)
    page.get_by_role("button", name="Delete the conversation").click()
    expect(page.locator("#chats li")).to_have_count(0)
    guest = visit(shared)
    expect(guest.locator("#turns .turn:not(.waiting)")).to_have_count(2)


def test_with_the_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator("#tab-chat").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-library h2")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(CONVENTION)
    page.keyboard.press("Enter")
    expect(page.locator("#turns .card").first).to_be_visible(timeout=30_000)
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.card a.button')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#reader h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".card a.button").last).to_be_focused()


@pytest.mark.model
def test_the_command_line_serves_a_page_that_answers_across_languages(
    visit: Callable[..., Page], chromium: str, tmp_path: Path
) -> None:
    with serving(
        tmp_path, lambda port: ["-m", "qa", "serve", "--library", str(tmp_path / "library"), "--port", port]
    ) as real:
        assert real.page_came_first
        for question in (
            "What do member states say about the UN convention?",
            "Что говорится о конвенции ООН?",
        ):
            turn = ask(visit(at=real.url), question)
            expect(turn.locator(".card blockquote[lang=ru]").first).to_contain_text(
                "под эгидой ООН конвенции"
            )
