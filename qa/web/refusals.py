"""Refusals from the folders below, in the reader's language."""

from __future__ import annotations

import re

from corpus import CorpusError
from qa.assistant import MAX_QUESTION, QuestionError
from qa.web.texts import Texts

# The folders below speak English to people at a command line; these are the turns of phrase to know them by.
_KNOWN = {
    "refusal_format": r"unknown format",
    "refusal_unpacks": r"unpacks to",
    "refusal_size": r"bytes, more than the",
    "refusal_ending": r"by its first bytes",
    "refusal_images": r"PDF of images",
    "refusal_encrypted": r"is encrypted",
    "refusal_damaged": r"damaged|with damage",
    "refusal_binary": r"binary file",
    "refusal_encoding": r"no encoding that can be told",
    "refusal_empty": r"is empty|has no text",
    "refusal_taken": r"with another text",
    "refusal_read_only": r"read-only",
    "refusal_write": r"cannot (write|make)",
    "error_filter": r"^no (statement|speaker)",
}


def in_words(error: Exception, t: Texts) -> str:
    """What to tell the reader.

    Args:
        error: From `corpus` or `qa`.
        t: Texts of the interface.

    Returns:
        Plain text; what has no text of its own is quoted after a remark that it is in English.
    """
    message = str(error)
    if isinstance(error, QuestionError):
        return t("error_long", limit=MAX_QUESTION) if "more than" in message else t("error_empty")
    if isinstance(error, CorpusError):
        for key, phrase in _KNOWN.items():
            if re.search(phrase, message):
                return t(key)
    return t("error_other", message=message)
