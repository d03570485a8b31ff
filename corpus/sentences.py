"""Where the sentences of a text begin and end."""

from __future__ import annotations

import re

# The libraries behind are quadratic on some texts (a million opening quotes): they see this much at a time.
_WINDOW = 4000
# Scripts of the languages razdel's rules (Russian abbreviations, initials, quotes) fit best.
_RUSSIAN_LIKE = {"ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt", "ba", "cv", "os", "uz"}
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_INITIAL = re.compile(r"(?<!\w)[^\W\d_]\.\s*\Z")
_ABBREVIATION = re.compile(r"(?<!\w)[^\W\d_]{1,5}\.\s*\Z")


def sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Find the sentences of a text.

    Languages written in Cyrillic go to razdel, which knows their abbreviations and initials; all others
    go to sentencex, which has rules for some 300 languages and falls back on related ones. A sentence of
    more than 4,000 characters is cut at white space.

    Args:
        text: Any text.
        language: BCP 47 tag of the text.

    Returns:
        Spans (start, stop) in code points, in order, without white space at their edges; every character
        that is not white space is in exactly one.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    while position < len(text):
        stop = _window_end(text, position)
        window = text[position:stop]
        found = [(position + a, position + b) for a, b in _segment(window, language)]
        if stop < len(text) and len(found) > 1:
            stop = found.pop()[0]  # The last sentence may go on behind the window: read it again.
        spans += found
        position = stop
    return spans


def _window_end(text: str, start: int) -> int:
    stop = start + _WINDOW
    if stop >= len(text):
        return len(text)
    return next((i for i in range(stop, start, -1) if text[i - 1].isspace()), stop)


def _segment(text: str, language: str) -> list[tuple[int, int]]:
    if language.split("-")[0].lower() in _RUSSIAN_LIKE and _CYRILLIC.search(text):
        from razdel import sentenize

        return [(piece.start, piece.stop) for piece in sentenize(text)]
    from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

    spans: list[tuple[int, int]] = []
    for boundary in get_sentence_boundaries(language.split("-")[0].lower(), text):
        start, stop = _trimmed(text, boundary["start_index"], boundary["end_index"])
        if start >= stop:
            continue
        if spans and _goes_on(text, *spans[-1], start):
            start = spans.pop()[0]
        spans.append((start, stop))
    return spans


def _trimmed(text: str, start: int, stop: int) -> tuple[int, int]:
    piece = text[start:stop]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _goes_on(text: str, start: int, stop: int, following: int) -> bool:
    """Whether a boundary found after an initial (J. Smith) or an abbreviation (para. 5) is none."""
    end = text[max(start, stop - 8) : stop]
    if text[following].islower() or _INITIAL.search(end):
        return True
    return text[following].isdigit() and bool(_ABBREVIATION.search(end))
