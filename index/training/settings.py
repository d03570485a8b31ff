"""Every number of the recipe, in one place."""

from dataclasses import dataclass, field

LANGUAGES = ("ru", "en", "be", "uk", "kk", "ky", "tg", "hy", "fr", "es", "de", "tr", "zh", "ar")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How many word pieces each script gets beside the English ones, and from how many lines."""

    cyrillic: int = 32_500
    latin: int = 11_000
    arabic: int = 5_000
    armenian: int = 4_500
    han: int = 3_800
    lines_per_language: int = 60_000
    lines_russian: int = 200_000
    most_repeats: int = 12


@dataclass(frozen=True, slots=True)
class Alignment:
    """Word alignment of pieces, and the start vectors made of it."""

    most_pieces: int = 70
    one_way_weight: float = 0.15
    neighbour_weight: float = 1.0
    neighbours: int = 8
    known_from: float = 2.0
    bridge_weight: float = 0.7


@dataclass(frozen=True, slots=True)
class Table:
    """The translation tables of stems."""

    most_stems: int = 50
    one_way_weight: float = 0.1
    doubt: float = 1.0
    smallest_probability: float = 0.06
    most_translations: int = 6
    most_rows: int = 8_000
    most_rows_to_english: int = 4_500
    most_rows_from_english: int = 28_000


@dataclass(frozen=True, slots=True)
class Distillation:
    """The training run; shares are of the whole time."""

    most_pieces: int = 128
    tokens_per_batch: int = 2_400
    pairs_per_chunk: int = 2_500
    embedding_only_share: float = 0.14
    embedding_rate: float = 2e-3
    embedding_rate_late: float = 5e-4
    layer_rate: float = 1e-4
    warm_up_share: float = 0.02
    cosine_weight: float = 4.0
    contrast_weight: float = 0.3
    contrast_temperature: float = 0.05
    late_temperature: float = 0.03
    families_per_batch: int = 5
    questions_per_passage: int = 3
    question_passages_per_batch: int = 20
    first_cycle: tuple[str, ...] = ("translation",)
    cycle: tuple[str, ...] = (
        "translation", "family", "translation", "english", "translation",
        "family", "translation", "translation", "question", "family",
    )  # fmt: skip
    seed: int = 7


# What share of the translations drawn each language has.
DISTILLATION_SHARES = {
    "ru": 26, "be": 9, "uk": 7, "kk": 8, "ky": 8, "tg": 9, "hy": 9,
    "fr": 4, "es": 4, "de": 6, "tr": 7, "zh": 6, "ar": 8,
}  # fmt: skip

# Files with many rows of little worth for diplomatic prose: at most so many rows are used at all.
MOST_ROWS = {
    "msdocs.ru-en": 40_000,
    "bible.ru-en": 6_000,
    "bible.hy-ru": 6_500,
    "1tv-news-headlines.ru-en": 144_000,
}
# And in distillation.
MOST_ROWS_DISTILLED = {
    "msdocs.ru-en": 3_000,
    "bible.ru-en": 500,
    "bible.hy-en": 3_000,
    "msdocs-projectops.kk-en": 5_000,
    "gnome-docs.kk-en": 2_500,
    "1tv-news-headlines.ru-en": 14_000,
    "smartool.ru-en": 2_000,
    "osm-website.ru-en": 500,
    "osm-website.be-en": 1_200,
    **{f"wiktionary-forms.{language}-en": 6_000 for language in ("be", "uk", "kk", "ky", "tg", "hy")},
    **{f"wiktionary-forms.{language}-en": 2_500 for language in ("tr", "ar")},
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """All of it."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    alignment: Alignment = field(default_factory=Alignment)
    table: Table = field(default_factory=Table)
    distillation: Distillation = field(default_factory=Distillation)
    max_seq_length: int = 256
    development_share: float = 0.15
    start_share: float = 0.35
    piece_weight_power: float = 1.0
    texts_weighed: int = 80_000
