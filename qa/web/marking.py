"""A text as HTML in which spans are marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from qa.answer import Span


def marked(
    text: str, sentences: Sequence[Span] = (), words: Sequence[Span] = (), *, anchor: str = ""
) -> Markup:
    """Escape a text and mark sentences and words in it.

    Args:
        text: Any characters; none of them is read as HTML.
        sentences: Spans for `<mark>`, in code points.
        words: Spans for `<b>`, in code points; they may cross a sentence's edge.
        anchor: An id for the first `<mark>`, so that a link can lead there.

    Returns:
        HTML whose text content is `text`.
    """
    cuts = sorted(
        {0, len(text)} | {edge for span in (*sentences, *words) for edge in span if 0 <= edge <= len(text)}
    )
    html = []
    open_mark = open_word = False
    for start, stop in pairwise(cuts):
        mark, word = _covers(sentences, start), _covers(words, start)
        if open_word and (not word or mark != open_mark):
            html.append("</b>")
            open_word = False
        if open_mark != mark:
            html.append(_opening(anchor) if mark else "</mark>")
            anchor = "" if mark else anchor
        if word and not open_word:
            html.append("<b>")
        open_mark, open_word = mark, word
        html.append(escape(text[start:stop]))
    html.append("</b>" * open_word + "</mark>" * open_mark)
    return Markup("").join(Markup(part) for part in html)


def _covers(spans: Sequence[Span], place: int) -> bool:
    return any(start <= place < stop for start, stop in spans)


def _opening(anchor: str) -> Markup:
    return Markup('<mark id="{}">').format(anchor) if anchor else Markup("<mark>")
