"""From a word of the question to the words of the statement's language, with probabilities.

Three sources, in this order of trust: the translation tables learned from parallel text
(`model/translation/`), the very same word (names in Latin letters, numbers, abbreviations), and the same
sound in another script (names).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder import EMBEDDED_MODEL, ModelError
from index.stems import STEMS_VERSION

TABLES = EMBEDDED_MODEL / "translation"

_SHORTEST_SKELETON = 3  # consonants; with fewer, different words sound alike
_ALIKE = 0.8  # least share of letters two transliterated names have in common


@dataclass(frozen=True, slots=True)
class Table:
    """p(passage term | question term) for one pair of languages.

    Attributes:
        question_terms: Term of each row, sorted.
        passage_terms: Term of each column.
        indptr: int32, where each row begins in the two arrays below.
        indices: int32, columns.
        probabilities: float16; the sum of a row is at most 1.
    """

    question_terms: npt.NDArray[np.str_]
    passage_terms: npt.NDArray[np.str_]
    indptr: npt.NDArray[np.int32]
    indices: npt.NDArray[np.int32]
    probabilities: npt.NDArray[np.float16]

    def __getitem__(self, term: str) -> dict[str, float]:
        """Translations of a term; empty where the table does not know it."""
        row = int(np.searchsorted(self.question_terms, term))
        if row == len(self.question_terms) or self.question_terms[row] != term:
            return {}
        entries = slice(self.indptr[row], self.indptr[row + 1])
        words = self.passage_terms[self.indices[entries]].tolist()
        return dict(zip(words, self.probabilities[entries].astype(float).tolist(), strict=True))


class Sounds:
    """The words of a vocabulary by how they sound, whatever their script."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        """Take the words; they are sorted when first asked for."""
        self._vocabulary = vocabulary

    @cached_property
    def _by_consonants(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            consonants = _consonants(_sound(word))
            if len(consonants) >= _SHORTEST_SKELETON:
                found[consonants].append(word)
        return dict(found)

    def __getitem__(self, term: str) -> dict[str, float]:
        """Words that sound like a term, with the share of letters they have in common."""
        sound = _sound(term)
        alike = {
            word: SequenceMatcher(None, sound, _sound(word), autojunk=False).ratio()
            for word in self._by_consonants.get(_consonants(sound), ())
        }
        return {word: share for word, share in alike.items() if share >= _ALIKE}


def counterparts(
    term: str, table: Table | None, vocabulary: Mapping[str, int], sounds: Sounds
) -> dict[str, float]:
    """Words of a vocabulary that a question's term may stand for.

    Args:
        term: A stem of the question.
        table: Table between the two languages; None where there is none.
        vocabulary: Stems of the statements in their language.
        sounds: The same by sound.

    Returns:
        Word of the vocabulary -> probability, 0 to 1.
    """
    translations = table[term] if table else {}
    found = {word: p for word, p in translations.items() if word in vocabulary}
    if term in vocabulary and all(_script(word) != _script(term) for word in translations):
        found[term] = 1.0
    return found or ({} if translations else sounds[term])


@lru_cache(maxsize=32)
def table(question_language: str, passage_language: str, folder: Path) -> Table | None:
    """Load the table between two languages (primary subtags); None where there is none.

    Raises:
        ModelError: The table was learned on other stems than this program makes.
    """
    path = folder / f"{question_language}-{passage_language}.npz"
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        if int(arrays["stems_version"]) != STEMS_VERSION:
            msg = (
                f"{path} was learned on stems of version {int(arrays['stems_version'])}, this program makes "
                f"version {STEMS_VERSION}: learn it again with `python -m index.training`"
            )
            raise ModelError(msg)
        names = ("question_terms", "passage_terms", "indptr", "indices", "probabilities")
        return Table(*(arrays[name] for name in names))


_FOLDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("sch|sh|shch", "S"), ("kh|gh|h", "h"), ("dzh|dj|j(?=[aeiou])", "J"), ("tch|ch", "C"), ("zh", "Z"),
        ("ph", "f"), ("th", "t"), ("ck|qu|q|c(?![eiy])", "k"), ("c|ts|tz", "s"), ("x", "ks"), ("w", "v"),
        ("[yj]", "i"), ("i(?=[aeou])", ""), (r"(.)\1+", r"\1"), ("[aeiou]+$", ""),
    )
]  # fmt: skip


@lru_cache(maxsize=200_000)
def _sound(word: str) -> str:
    """A word in Latin letters, folded so that the usual transliterations of one name meet."""
    from anyascii import anyascii

    sound = anyascii(word).lower()
    for pattern, replacement in _FOLDS:
        sound = pattern.sub(replacement, sound)
    return sound


def _consonants(sound: str) -> str:
    return re.sub("[aeiou]+", "", sound)


def _script(word: str) -> str:
    """First word of the first character's Unicode name: such as LATIN, CYRILLIC or DIGIT."""
    return unicodedata.name(word[0], "").partition(" ")[0]
