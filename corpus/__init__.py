"""Statements, the passages they are cut into, and the files both come from."""

from corpus.filters import Filters
from corpus.language import detect_language
from corpus.library import Library
from corpus.metadata import Metadata
from corpus.reading import Read, read_statement, read_statements, read_text
from corpus.splitting import split
from corpus.statement import CorpusError, Passage, Statement

__all__ = [
    "CorpusError", "Filters", "Library", "Metadata", "Passage", "Read", "Statement", "detect_language",
    "read_statement", "read_statements", "read_text", "split",
]  # fmt: skip
