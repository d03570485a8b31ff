"""A web page to the text a browser shows, and what the page says about itself."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from corpus.metadata import Metadata, one_line
from corpus.statement import CorpusError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_UNSEEN = {
    "script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "canvas", "button",
    "select", "nav", "aside", "footer",
}  # fmt: skip
_NO_DISPLAY = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_PARAGRAPHS = {
    "p", "div", "section", "article", "main", "header", "blockquote", "figure", "figcaption", "table", "pre",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "address", "details", "summary", "dl", "center",
}  # fmt: skip
_LINES = {"li", "ul", "ol", "tr", "dt", "dd", "caption"}
_ARTICLES = ["article", "main"]
_SPACES = re.compile(r"[ \t\n\r\f]+")


def visible_text(html: str) -> tuple[str, Metadata]:
    """Take the text of the article out of a page, and its metadata.

    White space comes out as a browser shows it: one space in a paragraph, an empty line between
    paragraphs, a line break between list items and table rows, a tab between cells; no-break spaces stay.

    Args:
        html: The page's source.

    Returns:
        The text of its only `article`, or of its `main`, or of its body; without scripts,
        navigation, footers, buttons and whatever is hidden. And title, language, date and address, where the
        page states them.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "lxml")
    metadata = _metadata(soup)
    articles = soup.find_all("article")
    main = articles[0] if len(articles) == 1 else soup.find("main") or soup.find(role="main")
    return _flow(main or soup), metadata


def _flow(root: Tag) -> str:
    """Walk the tree without recursion: hostile pages nest deeper than Python's stack."""
    from bs4.element import NavigableString, Tag

    pieces: list[str] = []
    gap = ""
    headed = _around_headings(root)
    stack: list[tuple[object, bool]] = [(root, root.find_parent(_ARTICLES) is not None)]
    while stack:
        node, inside = stack.pop()
        if isinstance(node, Tag):
            if _hidden(node, shown_header=inside or id(node) in headed):
                continue
            inside = inside or node.name in _ARTICLES
            around = "\n\n" if node.name in _PARAGRAPHS else "\n" if node.name in _LINES else ""
            if node.name == "br":
                gap = _wider(gap, "\n\n" if gap.startswith("\n") else "\n")
            gap = _wider(gap, around)
            stack.append((_Gap("\t" if node.name in {"td", "th"} else around), inside))
            stack.extend((child, inside) for child in reversed(node.contents))
        elif isinstance(node, _Gap):
            gap = _wider(gap, node.text)
        elif type(node) is NavigableString:
            preformatted = node.parent is not None and node.parent.name == "pre"
            text = str(node) if preformatted else _SPACES.sub(" ", node)
            bare = text if preformatted else text.strip(" ")
            if not bare:
                gap = _wider(gap, text)
                continue
            pieces += [_wider(gap, " ") if text.startswith(" ") else gap, bare]
            gap = " " if text.endswith(" ") else ""
    return "".join(pieces).strip(" \t\n")


def _around_headings(root: Tag) -> set[int]:
    """Identities of the elements with an `h1` in them, each looked at once."""
    around: set[int] = set()
    for heading in root.find_all("h1"):
        for parent in heading.parents:
            if id(parent) in around:
                break
            around.add(id(parent))
    return around


def _hidden(tag: Tag, *, shown_header: bool) -> bool:
    if tag.name in _UNSEEN or "hidden" in tag.attrs or tag.get("aria-hidden") == "true":
        return tag.name not in {"html", "body"}
    if tag.name == "header":  # The site's, where it does not carry the page's heading.
        return not shown_header
    return _NO_DISPLAY.search(str(tag.get("style", ""))) is not None


class _Gap:
    """White space wanted where an element ends."""

    def __init__(self, text: str) -> None:
        self.text = text


def _wider(one: str, other: str) -> str:
    return max(one, other, key=("", " ", "\t", "\n", "\n\n").index)


def _metadata(soup: BeautifulSoup) -> Metadata:
    stated: dict[str, str] = {}
    for tag in soup.find_all("meta", content=True):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or ""
        stated.setdefault(str(name).lower(), str(tag["content"]).strip())

    def first(*names: str) -> str:
        return next((stated[name] for name in names if stated.get(name)), "")

    heading = soup.find("h1") or soup.find("title")
    canonical = soup.find("link", rel="canonical", href=True)
    return Metadata(
        title=one_line(first("og:title", "dc.title") or (heading.get_text(" ") if heading else "")) or None,
        language=_language(str(soup.html.get("lang", ""))) if soup.html else None,
        date=_day(first("article:published_time", "datepublished", "dc.date", "dcterms.created", "date")),
        url=_link(str(canonical["href"]) if canonical else first("og:url")),
    )


def _language(tag: str) -> str | None:
    try:
        return Metadata(language=tag.strip().replace("_", "-") or None).language
    except CorpusError:
        return None


def _link(url: str) -> str | None:
    try:
        return Metadata(url=url.strip() or None).url
    except CorpusError:
        return None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
