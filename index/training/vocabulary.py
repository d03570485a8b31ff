"""The tokenizer: the English word pieces of the teacher and new ones learned for the other scripts."""

import json
import random
import unicodedata
from collections import Counter
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from index.training.data import SentencePair
from index.training.settings import Vocabulary

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SCRIPTS = {
    "cyrillic": ("ru", "be", "uk", "kk", "ky", "tg"),
    "latin": ("fr", "es", "de", "tr"),
    "arabic": ("ar",),
    "armenian": ("hy",),
}


def normalizer() -> normalizers.Normalizer:
    """Lower case with accents kept (й is not и), ё as е, and marks that are no part of a letter removed."""
    return normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.BertNormalizer(
                clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True
            ),
            normalizers.NFC(),
            normalizers.Replace("ё", "е"),
            normalizers.Replace(Regex("[\u0300-\u036f\u0640\u064b-\u0652\u0670\u055b\u055c\u055e]"), ""),
            normalizers.Replace(Regex("[’ʼ‘]"), "'"),
        ]
    )


def learn_tokenizer(pairs: list[SentencePair], teacher_vocabulary: Path, sizes: Vocabulary) -> Tokenizer:
    """Learn the pieces of each script and put them behind the teacher's ASCII ones.

    Args:
        pairs: Sentence pairs; the sides that are not English are learned from.
        teacher_vocabulary: The teacher's `tokenizer.json`.
        sizes: How many pieces each script gets.
    """
    english = json.loads(teacher_vocabulary.read_text(encoding="utf-8"))["model"]["vocab"]
    kept = [piece for piece in english if piece.isascii() and not piece.startswith("[")]
    by_language: dict[str, list[str]] = {}
    for pair in pairs:
        by_language.setdefault(pair.language, []).append(pair.text)
        if pair.target_language != "en":
            by_language.setdefault(pair.target_language, []).append(pair.target)
    pieces: dict[str, None] = dict.fromkeys([*SPECIAL, *kept])
    for script, languages in SCRIPTS.items():
        lines = [line for language in languages for line in _sample(by_language[language], language, sizes)]
        for piece in _learn(lines, script, getattr(sizes, script)):
            pieces.setdefault(piece)
    for character in [*_frequent_han(by_language["zh"], sizes.han), *_frequent_marks(by_language)]:
        pieces.setdefault(character)
    return assemble(list(pieces))


def assemble(pieces: list[str]) -> Tokenizer:
    """A WordPiece tokenizer over these pieces, in this order."""
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def _sample(lines: list[str], language: str, sizes: Vocabulary) -> list[str]:
    """As many lines of each language as the others have, a small one repeated."""
    wanted = sizes.lines_russian if language == "ru" else sizes.lines_per_language
    repeats = max(1, min(sizes.most_repeats, wanted // max(1, len(lines))))
    chosen = random.Random(language).sample(lines, min(wanted, len(lines)))
    return chosen * repeats


def _learn(lines: list[str], script: str, size: int) -> list[str]:
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.normalizer = normalizer()
    learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=3, show_progress=False, limit_alphabet=400
    )
    learner.train_from_iterator(lines, trainer)
    name = {"latin": "LATIN", "cyrillic": "CYRILLIC", "arabic": "ARABIC", "armenian": "ARMENIAN"}[script]
    vocabulary = learner.get_vocab()
    return [
        piece
        for piece in sorted(vocabulary, key=lambda piece: vocabulary[piece])
        if all(name in unicodedata.name(character, "") for character in piece.removeprefix("##"))
        or not any(character.isalnum() for character in piece.removeprefix("##"))
    ]


def _frequent_han(lines: list[str], size: int) -> list[str]:
    counts = Counter(c for line in lines for c in line if "CJK UNIFIED" in unicodedata.name(c, ""))
    return [character for character, _ in counts.most_common(size)]


def _frequent_marks(by_language: dict[str, list[str]]) -> list[str]:
    """Punctuation and signs, which the languages share."""
    normalize = normalizer().normalize_str
    counts = Counter(
        c
        for lines in by_language.values()
        for line in lines[:5_000]
        for c in normalize(line)
        if not c.isalnum()
    )
    return [character for character, count in counts.items() if count >= 5 and not character.isspace()]
