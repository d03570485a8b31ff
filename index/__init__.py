"""Passages to vectors and terms, and search over them."""

from index.encoder import Encoder, ModelError, SentenceEncoder
from index.matches import Match
from index.passage_index import Hit, PassageIndex
from index.storage import StorageError

__all__ = ["Encoder", "Hit", "Match", "ModelError", "PassageIndex", "SentenceEncoder", "StorageError"]
