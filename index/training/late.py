"""What late interaction takes beside the weights: how much each piece of a question counts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.training.student import encode_pieces


def piece_weights(tokenizer: Tokenizer, texts: Sequence[str], power: float) -> NDArray[np.float32]:
    """How much each piece of a question counts: its rarity among these texts to a power, 1 for the rarest.

    Args:
        tokenizer: The student's.
        texts: Ordinary text in all languages.
        power: 0 gives every piece the same weight.

    Returns:
        float32 [pieces], (log(n / n_piece) / log n) ** power; signs that are not letters or digits get 0.
    """
    counts = np.zeros(tokenizer.get_vocab_size())
    for line in encode_pieces(tokenizer, texts, 256):
        counts[np.unique(line)] += 1
    rarity = np.log(len(texts) / np.maximum(counts, 1)) / np.log(len(texts))
    weights = np.clip(rarity, 0.0, 1.0) ** power
    for piece, number in tokenizer.get_vocab().items():
        if not any(map(str.isalnum, piece)):
            weights[number] = 0.0
    narrowed: NDArray[np.float32] = weights.astype(np.float32)
    return narrowed
