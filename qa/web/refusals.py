"""Refusals from the folders below, in the reader's language."""

from __future__ import annotations

from corpus import CorpusError
from qa.assistant import MAX_QUESTION, QuestionError
from qa.web.texts import Texts


def in_words(error: Exception, t: Texts) -> str:
    """What to tell the reader.

    Args:
        error: From `corpus`, `index` or `qa`.
        t: Texts of the interface.

    Returns:
        Plain text; what has no text of its own is quoted after a remark that it is in English.
    """
    if isinstance(error, QuestionError):
        return t("error_long", limit=MAX_QUESTION) if "more than" in str(error) else t("error_empty")
    if isinstance(error, CorpusError) and str(error).startswith(("no statement", "no speaker")):
        return t("error_filter")
    return t("error_other", message=str(error))
