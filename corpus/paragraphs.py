"""A text to its paragraphs, as a reader sees them: title, body, headings, lists, page furniture.

Each rule needs a line, the one before it, and whether the text as a whole is wrapped:

- A line break ends a paragraph. But a line goes on the one before it where it begins in lower case, where
  that one ends in a colon, and, in wrapped text, where that one is full.
- An empty line ends a paragraph too, unless it falls into a sentence: nothing ended, and lower case follows.
- A list item begins a paragraph, unless it begins in lower case and nothing has ended before it: then the
  list is one long sentence.
- What stands before the first line that ends like a sentence, or begins a list, is the title block, number
  0. The paragraph that leads into the list is body. A title block longer than the body, or of many parts
  between empty lines, is only its first part: what is filed as title cannot be quoted.
- A heading or a salutation opens the paragraph after it. Short lines behind the last sentence are one
  signature block.
- Page numbers, rules of asterisks, and lines repeated at the edges of pages stand apart, under the number of
  the paragraph they follow or fall into: a quote never carries them.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\n\r\v\x1c-\x1e\x85\u2028\u2029]")
_CLOSING = r"[\"'»”’›)\]*_\u00b9\u00b2\u00b3\u2070-\u2079]{0,6}(?:\[\d{1,3}\])?"
_SENTENCE_END = re.compile(rf"[.!?…։۔؟।。．！？]{_CLOSING}\Z|[^\W\d][.!?]\d{{1,2}}\Z")
_CLAUSE_END = re.compile(rf"[;:,；：，،]{_CLOSING}\Z")
_DATE_END = re.compile(r"\d{4}\s*(?:г|гг|р|рр|ж)\.\Z")
_ITEM = re.compile(
    r"(?:[-–—•●▪◦*·‣∙]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[^\W\d_]|[ivxlc]{1,6}|[IVXLC]{1,6})[.)])\s+"
)
_PAGE = re.compile(
    r"[\W_]*(?:(?:page|p\.|стр\.?|страница|с\.|seite|página|pagina)\s*)?\d{1,3}"
    r"(?:\s*(?:/|of|из|de|sur|von|di)\s*\d{1,3})?[^\w.)]*",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{1,2}\.\s+[^\W\d]+\s+\d{4}")
_DATED = re.compile(r"\d{4}\W*(?:(?:г|гг|р|рр|ж)\W*)?\Z")
_OPENING = re.compile(r"[\W_]*")
_END = 16
_NARROWEST, _WIDEST = 40, 160
# In proportional type lines of one width differ in length; where a sentence has ended, more is asked.
_FULL, _FULL_AFTER_SENTENCE = 0.88, 0.97
_TITLE, _TITLE_BLOCKS, _TITLE_PARTS = 600, 12, 5
_CAPITALS, _HEADING, _SALUTATION, _HEADINGS = 200, 120, 60, 3
_SIGNATURE, _SIGNATURE_BLOCKS = 200, 8


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, the part of one on one side of a page break, or page furniture.

    Attributes:
        number: From 1 in the body; 0 is the title block.
        start: Offset of its first character in the text.
        stop: Offset after its last character.
    """

    number: int
    start: int
    stop: int


def paragraphs(text: str) -> list[Paragraph]:
    """Find the paragraphs of a text, in time proportional to its length.

    Returns:
        Paragraphs in order, not overlapping, without white space at their edges; only white space is left
        out between them. Parts of one paragraph share its number, and numbers never go down.
    """
    blocks, furniture = _blocks(text, _lines(text))
    title, body = _title_and_body(text, blocks)
    numbered = [(0, block) for block in title] + list(enumerate(body, start=1))
    found = [Paragraph(number, *span) for number, block in numbered for span in block.spans]
    found.sort(key=lambda paragraph: paragraph.start)
    return _with_furniture(found, furniture)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    stop: int
    text: str
    indent: int
    page: int
    after_blank: bool

    @property
    def ends_sentence(self) -> bool:
        return _ends(_SENTENCE_END, self.text) and not _ends(_DATE_END, self.text)

    @property
    def is_item(self) -> bool:
        """Whether the line is an item of a list, rather than a name (J. Smith) or a day (26. Mai 2020)."""
        initial = self.text[0].isupper() and self.text[1:2] == "."
        return bool(_ITEM.match(self.text)) and not initial and not _DAY.match(self.text)

    @property
    def begins_lower(self) -> bool:
        return _begins_lower(self.text, 0)


@dataclass(slots=True)
class _Block:
    """Lines that belong together, with their spans on either side of page furniture."""

    spans: list[tuple[int, int]]
    first: _Line
    last: _Line
    size: int
    after_furniture: bool = False
    listing: bool = False

    @property
    def ends_sentence(self) -> bool:
        return self.last.ends_sentence

    @property
    def ends_clause(self) -> bool:
        return _ends(_CLAUSE_END, self.last.text)

    def grow(self, spans: Sequence[tuple[int, int]], last: _Line, *, apart: bool) -> None:
        """Take in what follows, as a span of its own where furniture stands between."""
        if apart:
            self.spans += spans
        else:
            self.spans[-1:] = [(self.spans[-1][0], spans[0][1]), *spans[1:]]
        self.size += sum(stop - start for start, stop in spans)
        self.listing |= last.after_blank and last.is_item
        self.last = last


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the lines of a text are set: one paragraph each, or wrapped at a width."""

    width: int
    wrapped: bool
    edges: frozenset[str] = field(default=frozenset())

    def full(self, line: _Line, following: _Line) -> bool:
        """Whether the next word would not have fitted on the line."""
        word = following.text.split(maxsplit=1)[0]
        share = _FULL_AFTER_SENTENCE if line.ends_sentence else _FULL
        return len(line.text) + 1 + (len(word) if word[0] < "\u2e80" else 0) >= share * self.width


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    position = page = 0
    for match in _LINE.finditer(text):
        line = match.group()
        bare = line.strip()
        if not bare:
            continue
        indent = len(line) - len(line.lstrip())
        start = match.start() + indent
        gap = text[position:start]
        turned = gap.count("\f")
        page += turned
        blank = not turned and sum(1 for _ in _BREAK.finditer(gap)) > 1
        lines.append(_Line(start, start + len(bare), bare, indent, page, blank))
        position = start + len(bare)
    return lines


def _layout(lines: Sequence[_Line]) -> _Layout:
    widths = sorted(len(line.text) for line in lines)
    width = widths[len(widths) * 95 // 100] if widths else 0
    plain = _Layout(width, wrapped=False)
    pairs = [(a, b) for a, b in itertools.pairwise(lines) if not b.after_blank and not _ITEM.match(b.text)]
    broken = sum(not a.ends_sentence and (b.begins_lower or plain.full(a, b)) for a, b in pairs)
    edges = Counter(edge for page in _pages(lines) for edge in {_shape(line) for line in _edge_lines(page)})
    repeated = frozenset(edge for edge, times in edges.items() if times >= 3)
    return _Layout(width, _NARROWEST <= width <= _WIDEST and broken > len(pairs) / 2, repeated)


def _pages(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    page: list[_Line] = []
    for line in lines:
        if page and line.page != page[-1].page:
            yield page
            page = []
        page.append(line)
    if page:
        yield page


def _edge_lines(page: Sequence[_Line]) -> list[_Line]:
    return [line for line in {*page[:2], *page[-2:]} if len(line.text) <= _HEADING]


def _shape(line: _Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _furniture(lines: Sequence[_Line], layout: _Layout) -> set[int]:
    """Offsets of the lines that are no part of what is said."""
    edges = {
        line.start for page in _pages(lines) for line in _edge_lines(page) if _shape(line) in layout.edges
    }
    return edges | {
        line.start
        for line in lines
        if _PAGE.fullmatch(line.text[:80]) or not any(character.isalnum() for character in line.text)
    }


def _blocks(text: str, lines: Sequence[_Line]) -> tuple[list[_Block], list[tuple[int, int]]]:
    layout = _layout(lines)
    apart = _furniture(lines, layout)
    if len(apart) == len(lines):
        apart = set()
    blocks: list[_Block] = []
    furniture: list[tuple[int, int]] = []
    interrupted = False
    for line in lines:
        span = (line.start, line.stop)
        if line.start in apart:
            furniture.append(span)
            interrupted = True
            continue
        if blocks and _goes_on(blocks[-1].last, line, layout, interrupted=interrupted):
            blocks[-1].grow([span], line, apart=interrupted)
        else:
            blocks.append(_Block([span], line, line, line.stop - line.start, interrupted, line.is_item))
        interrupted = False
    return blocks, furniture


def _goes_on(before: _Line, line: _Line, layout: _Layout, *, interrupted: bool) -> bool:
    """Whether a line belongs to the paragraph of the line before it."""
    ended = before.ends_sentence
    full = layout.wrapped and layout.full(before, line) and line.indent <= before.indent + 1
    item = _ITEM.match(line.text)
    if interrupted or line.page != before.page:
        return not ended and (line.begins_lower or full)
    if item:
        return not ended and (_begins_lower(line.text, item.end()) or before.text.endswith(":"))
    if line.after_blank:
        return line.begins_lower and not ended and not _ends(_CLAUSE_END, before.text)
    return line.begins_lower or before.text.endswith(":") or full


def _title_and_body(text: str, blocks: list[_Block]) -> tuple[list[_Block], list[_Block]]:
    body = _title_blocks(text, blocks)
    title = _joined(blocks[:body])
    return title, _signed(_headed(blocks[body:]))


def _title_blocks(text: str, blocks: Sequence[_Block]) -> int:
    """How many blocks a reader takes for the title."""
    count = next((i for i, block in enumerate(blocks) if not _is_title(text, block)), 0)
    if count > 1 and blocks[count].listing and _leads(text, blocks[count - 1]):
        count -= 1
    parts = [i for i in range(1, count) if blocks[i].first.after_blank]
    size = sum(block.size for block in blocks[:count])
    if count > _TITLE_BLOCKS or len(parts) >= _TITLE_PARTS or 2 * size > sum(block.size for block in blocks):
        count = parts[0] if parts else count
    return count if count <= _TITLE_BLOCKS else 1


def _leads(text: str, block: _Block) -> bool:
    """Whether a paragraph leads into the list after it, and is not a line of the title or a date."""
    return block.first.after_blank and not _ends(_DATED, block.last.text) and not _in_capitals(text, block)


def _in_capitals(text: str, block: _Block) -> bool:
    return text[block.spans[0][0] : block.spans[-1][1]].isupper()


def _is_title(text: str, block: _Block) -> bool:
    if block.listing:
        return False
    if block.size <= _CAPITALS and _in_capitals(text, block):
        return True
    return block.size <= _TITLE and not block.ends_sentence and not block.ends_clause


def _headed(blocks: Sequence[_Block]) -> list[_Block]:
    """Join headings with the paragraph that each opens; a long run of short lines is no heading."""
    headed: list[_Block] = []
    waiting: list[_Block] = []
    for place, block in enumerate(blocks):
        waiting.append(block)
        beside = [*blocks[max(place - 1, 0) : place], *blocks[place + 1 : place + 2]]
        if _is_heading(block) and not any(_same_list(block, other) for other in beside):
            continue
        headed += _joined(waiting) if len(waiting) <= _HEADINGS + 1 else waiting
        waiting = []
    return headed + waiting


def _same_list(one: _Block, other: _Block) -> bool:
    """Whether both are items with marks of one kind: such lines are no headings."""
    marks = {re.sub(r"\w+", "#", block.first.text.split(maxsplit=1)[0]) for block in (one, other)}
    return one.first.is_item and other.first.is_item and len(marks) == 1


def _is_heading(block: _Block) -> bool:
    if block.ends_clause:
        return block.size <= _SALUTATION and not block.last.text.endswith(";")
    return block.size <= _HEADING and not block.ends_sentence


def _signed(blocks: list[_Block]) -> list[_Block]:
    """Join the short lines behind the last sentence: names, offices, place and date."""
    last = next((i for i in range(len(blocks), 0, -1) if not _may_sign(blocks[i - 1])), 0)
    if last == 0 or len(blocks) - last > _SIGNATURE_BLOCKS:
        return blocks
    return blocks[:last] + _joined(blocks[last:])


def _may_sign(block: _Block) -> bool:
    return block.size <= _SIGNATURE and not block.ends_sentence and not block.ends_clause


def _joined(blocks: Sequence[_Block]) -> list[_Block]:
    if not blocks:
        return []
    first = blocks[0]
    for block in blocks[1:]:
        first.grow(block.spans, block.last, apart=block.after_furniture)
    return [first]


def _with_furniture(found: list[Paragraph], furniture: Sequence[tuple[int, int]]) -> list[Paragraph]:
    merged: list[Paragraph] = []
    rest = list(reversed(furniture))
    number = 0
    for paragraph in found:
        while rest and rest[-1][0] < paragraph.start:
            merged.append(Paragraph(number, *rest.pop()))
        merged.append(paragraph)
        number = paragraph.number
    return merged + [Paragraph(number, *span) for span in reversed(rest)]


def _ends(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text[-_END:]) is not None


def _begins_lower(text: str, position: int) -> bool:
    opening = _OPENING.match(text, position)
    return opening is not None and text[opening.end() : opening.end() + 1].islower()
