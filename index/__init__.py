"""Passages to vectors and terms, and search over them."""

from index.encoder import Encoder, ModelError, SentenceEncoder
from index.passage_index import Hit, Match, PassageIndex

__all__ = ["Encoder", "Hit", "Match", "ModelError", "PassageIndex", "SentenceEncoder"]
