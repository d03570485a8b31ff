"""The rest of the page in the browser: library, hostile text, languages, themes, phone, accessibility."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from qa.web.texts import texts
from tests.browser import Server, ask

pytest_plugins = ("tests.browser",)
pytestmark = pytest.mark.browser

CONVENTION = "Who supports a convention on cybercrime?"
ABSENT = "zebra quagga okapi"
HOSTILE = "<img src=x onerror=hacked=1><script>hacked=2</script> [a](javascript:hacked=3) **b** <b>c</b>"


def test_the_library_takes_refuses_removes_and_brings_back(
    visit: Callable[..., Page], server: Server
) -> None:
    page = visit()
    page.click("#tab-library")
    expect(page.locator(".statements li")).to_have_count(3)
    files = [
        {
            "name": "space.txt",
            "mimeType": "text/plain",
            "buffer": b"On outer space\n\nOuter space belongs to all.\n",
        },
        {"name": "virus.exe", "mimeType": "text/plain", "buffer": b"MZ"},
    ]
    page.set_input_files("#files", files)
    lines = page.locator("#uploads li")
    expect(lines).to_have_text(["Added: On outer space", re.compile("^virus.exe: unknown format")])
    assert "space" in server.library
    page.fill("#library-search", "OUTER")
    expect(page.locator(".statements li:visible")).to_have_count(1)
    page.get_by_role("button", name="Remove the statement “On outer space”").click()
    expect(lines.last).to_contain_text("Removed: On outer space")
    assert "space" not in server.library
    lines.last.get_by_text("Undo").click()
    expect(lines.last).to_have_text("Back in the library: On outer space")
    assert "space" in server.library
    server.library.remove("space")


def test_hostile_text_does_nothing(visit: Callable[..., Page], server: Server) -> None:
    page = visit()
    page.click("#tab-library")
    name = "<img src=x onerror=hacked=4>.txt"
    page.set_input_files(
        "#files", {"name": name, "mimeType": "text/plain", "buffer": f"{HOSTILE}\n\n{HOSTILE}.".encode()}
    )
    expect(page.locator("#uploads li")).to_contain_text("Added: ")
    page.click("#tab-chat")
    turn = ask(page, HOSTILE)
    assert turn.locator("h2").text_content().endswith(HOSTILE)
    turn.locator(".card a.title").first.click()
    expect(page.locator("#reader h2")).to_be_visible()
    assert page.locator(".app script, .app img").count() == 0
    assert page.evaluate("typeof hacked") == "undefined"
    page.reload()
    expect(page.locator("#turns .turn")).to_have_count(1)
    assert page.evaluate("typeof hacked") == "undefined"
    for statement in list(server.library):
        if "hacked" in statement.text:
            server.library.remove(statement.id)


def test_the_language_and_the_theme_can_be_switched_and_stay(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, CONVENTION)
    page.click("[data-lang=ru]")
    expect(page.locator("#turns .lead")).to_contain_text("3 фрагмента в 2 заявлениях")
    page.click("#tab-library")
    expect(page.locator(".library h2")).to_have_text("Библиотека")
    words = page.evaluate(
        """() => [...document.querySelectorAll('.app *')].flatMap((one) => [
          ...[...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()),
          one.ariaLabel, one.title, one.placeholder])"""
    )
    ru = texts("ru").table.values()
    english = {text for text in texts("en").table.values() if isinstance(text, str) and text not in ru}
    assert not english & set(words) - {"English"}
    assert page.evaluate("document.documentElement.lang") == "ru"
    light = page.evaluate("getComputedStyle(document.querySelector('.app')).backgroundColor")
    page.click("#theme")
    page.reload()
    expect(page.locator("#tab-chat")).to_have_text("Чат")
    assert page.evaluate("getComputedStyle(document.querySelector('.app')).backgroundColor") != light


def test_the_browser_chooses_the_language(visit: Callable[..., Page]) -> None:
    expect(visit(locale="ru-RU").locator("#send")).to_have_text("Спросить")


def test_on_a_phone_everything_fits(visit: Callable[..., Page]) -> None:
    page = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    turn = ask(page, CONVENTION)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('#scroll').scrollWidth") <= 390
    turn.get_by_text("Open in the statement").first.tap()
    expect(page.locator("#reading-quote")).to_be_in_viewport()
    page.locator("#reader [data-act=close]").tap()
    page.locator("#menu").tap()
    expect(page.locator("#new-chat")).to_be_in_viewport()
    page.locator("#new-chat").tap()
    expect(page.locator("#intro")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Callable[..., Page], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit(color_scheme=scheme)
    problems: list[str] = []

    def look(where: str) -> None:
        for found in Axe().run(page).response["violations"]:
            if found["impact"] in {"serious", "critical", "moderate"}:
                problems.append(f"{where}: {found['id']}: {found['nodes'][0]['html'][:200]}")

    look("start")
    ask(page, ABSENT)
    look("not found")
    turn = ask(page, CONVENTION)
    for summary in turn.locator("summary").all():
        summary.click()
    turn.get_by_text("Not useful").click()
    page.click("#filter-button")
    page.select_option("#filters [name=speaker]", "Republic of Examplia")
    look("answer")
    turn.locator(".card a.title").first.click()
    expect(page.locator("#reading-quote")).to_be_visible()
    look("reading view")
    page.click("#tab-library")
    page.wait_for_selector(".statements li")
    look("library")
    assert problems == [], "\n".join(problems)
