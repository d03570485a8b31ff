"""Questions that need the conversation: "and about terrorism?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.stems import stems
from index.terms import primary

_OPENINGS = (
    "and", "also", "what about", "how about", "but", "а", "и", "но", "ещё", "еще", "также",
    "та", "але", "ці", "ды", "ал", "жана", "және", "ва", "аммо", "իսկ", "և",
    "et", "mais", "aussi", "y", "pero", "und", "aber", "auch", "ve", "peki",
    "ماذا عن", "وماذا عن",
)  # fmt: skip
_OPENING = re.compile(rf"(?:{'|'.join(_OPENINGS)})(?!\w)|那|还有", re.IGNORECASE)
FEW_STEMS = 3
FEW_PAIRS = 7
"""The same in a language written without spaces, whose stems are pairs of characters."""


def standalone(question: str, history: Sequence[str], language: str) -> str:
    """The question with what it takes over from the conversation.

    A question is taken for a fragment when it has no word of content, or opens like a continuation and has
    few. The nearest earlier question that is not itself a fragment goes before it.

    Args:
        question: As asked.
        history: Earlier questions of the conversation, oldest first.
        language: BCP 47 tag of the question.

    Returns:
        What to search for; the question itself where it needs nothing.
    """
    if not history or not _is_fragment(question, language):
        return question
    whole = (earlier for earlier in reversed(history) if not _is_fragment(earlier, language))
    return f"{next(whole, history[0])} {question}"


def _is_fragment(question: str, language: str) -> bool:
    content = len(stems(question, language))
    few = FEW_PAIRS if primary(language) in ("zh", "ja", "th") else FEW_STEMS
    return not content or (content <= few and _OPENING.match(question.strip()) is not None)
