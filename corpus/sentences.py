"""Where the sentences of a text begin and end."""

from __future__ import annotations


def sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a text, white space at their edges left out.

    Args:
        text: Any text.
        language: BCP 47 tag of the text.

    Returns:
        Spans (start, stop) in code points, in order; every character that is not white space is in one.
    """
    from razdel import sentenize

    spans = [(piece.start, piece.stop) for piece in sentenize(text)]
    return spans
