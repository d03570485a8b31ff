"""Statements, the passages they are cut into, and the files both come from."""

from corpus.language import detect_language
from corpus.library import Filters, Library
from corpus.metadata import Metadata
from corpus.splitting import split
from corpus.statement import CorpusError, Passage, Statement

__all__ = [
    "CorpusError", "Filters", "Library", "Metadata", "Passage", "Statement", "detect_language", "split",
]  # fmt: skip
