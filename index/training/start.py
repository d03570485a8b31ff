"""The aligned start: from sentence pairs and a tokenizer to the student's first embedding table."""

import json
import logging
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.training.alignment import link_counts, neighbours, start_vectors
from index.training.data import SentencePair
from index.training.settings import Alignment
from index.training.student import encode_pieces, load_layers, teacher_folder

log = logging.getLogger(__name__)


def start_table(
    pairs: Sequence[SentencePair], tokenizer: Tokenizer, settings: Alignment
) -> NDArray[np.float32]:
    """Align all pairs with English, and those with Russian as a bridge, and make the start vectors.

    Returns:
        float32 [pieces, 384], in the tokenizer's order.
    """
    size = tokenizer.get_vocab_size()
    pieces = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    english_vectors, own = _own_vectors(pieces)
    direct = _counts(pairs, "en", tokenizer, settings)
    direct = sp.csr_array(direct @ sp.diags_array(own.astype(np.float64)))
    sums = np.maximum(np.asarray(direct.sum(axis=1)).ravel(), 1e-9)
    by_russian = _counts(pairs, "ru", tokenizer, settings) @ (sp.diags_array(1 / sums) @ direct)
    counts = sp.csr_array(direct + settings.bridge_weight * by_russian)
    known = (np.asarray(counts.sum(axis=1)).ravel() >= settings.known_from) & ~own
    log.info("%d of %d pieces are aligned, %d are the teacher's", known.sum(), size, own.sum())
    alike = neighbours(pieces, known, settings.neighbours)
    return start_vectors(counts, english_vectors, own, alike, settings)


def _own_vectors(pieces: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The teacher's vectors of ASCII pieces and of shared signs, and which rows those are."""
    vocabulary = json.loads((teacher_folder() / "tokenizer.json").read_text(encoding="utf-8"))["model"][
        "vocab"
    ]
    table = load_layers(teacher_folder()).embeddings.word_embeddings.weight.detach().numpy()
    vectors = np.zeros((len(pieces), table.shape[1]), dtype=np.float32)
    own = np.zeros(len(pieces), dtype=bool)
    for row, piece in enumerate(pieces):
        if piece in vocabulary and (piece.isascii() or not any(map(str.isalpha, piece))):
            vectors[row] = table[vocabulary[piece]]
            own[row] = True
    return vectors, own


def _counts(
    pairs: Sequence[SentencePair], target: str, tokenizer: Tokenizer, settings: Alignment
) -> sp.csr_array:
    texts = [(p.text, p.target) for p in pairs if p.target_language == target and p.language != "en"]
    texts += [(p.target, p.text) for p in pairs if p.language == target != "en" and p.target_language != "en"]
    most = settings.most_pieces
    one_side = encode_pieces(tokenizer, [text for text, _ in texts], most + 1)
    other_side = encode_pieces(tokenizer, [text for _, text in texts], most + 1)
    kept = [
        (one, other)
        for one, other in zip(one_side, other_side, strict=True)
        if 0 < len(one) <= most and 0 < len(other) <= most
    ]
    size = tokenizer.get_vocab_size()
    log.info("aligning %d pairs with %s", len(kept), target)
    return link_counts(
        [one for one, _ in kept], [other for _, other in kept], (size, size), settings.one_way_weight
    )
