"""The training text: sentence pairs, dictionaries, question-passage pairs and families of passages."""

import csv
import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.training.settings import LANGUAGES, MOST_ROWS


@dataclass(frozen=True, slots=True)
class SentencePair:
    """A text and its translation; `source` is the file's name without its endings."""

    source: str
    language: str
    text: str
    target_language: str
    target: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one passage; `kind` is question, paraphrase or keywords."""

    language: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """One passage of a family, in Russian and English, with its questions."""

    russian: str
    english: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Passages that resemble each other and say different things: each is a hard negative of the others."""

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class QuestionPassage:
    """A question and the passage that answers it, perhaps in another language."""

    question: str
    passage: str


@dataclass(frozen=True, slots=True)
class TrainingText:
    """Everything the recipe learns from."""

    pairs: list[SentencePair]
    families: list[Family]
    development: list[Family]
    development_pairs: list[SentencePair]
    question_passages: list[QuestionPassage]
    sources: list[dict[str, str]]


def read_training_text(
    folders: list[Path], licences: frozenset[str], development_share: float
) -> TrainingText:
    """Read one or more data folders, each with its own SOURCES.tsv.

    Args:
        folders: Folders with `SOURCES.tsv` and what it lists; `pairs/` is optional.
        licences: Classes of licence to use, of `open` and `unclear`.
        development_share: Share of the families kept aside, chosen by a hash of the family's name, and of the
            sentences that most languages have (SIB-200), chosen by a hash of the English one.

    Raises:
        FileNotFoundError: A folder has no SOURCES.tsv.
    """
    pairs: list[SentencePair] = []
    families: list[Family] = []
    question_passages: list[QuestionPassage] = []
    sources: list[dict[str, str]] = []
    for folder in folders:
        with (folder / "SOURCES.tsv").open(encoding="utf-8", newline="") as file:
            listed = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        used = [row for row in listed if row["licence_class"] in licences]
        sources += used
        for row in used:
            path = folder / row["file"]
            if row["file"].startswith("qa/"):
                question_passages += _read_questions(path)
            else:
                pairs += _read_pairs(path)
        families += _read_families(folder / "pairs")
        pairs += _read_side_by_side(folder / "pairs" / "multilingual-sentences.jsonl")
    pairs += _names_of_places()
    development = [family for family in families if _share(family.name) < development_share]
    training = [family for family in families if _share(family.name) >= development_share]
    for family in training:
        pairs += [SentencePair("pairs", "ru", m.russian, "en", m.english) for m in family.members]
    aside = {id(pair) for pair in pairs if _is_aside(pair, development_share)}
    return TrainingText(
        pairs=[pair for pair in pairs if id(pair) not in aside],
        families=training,
        development=development,
        development_pairs=[pair for pair in pairs if id(pair) in aside],
        question_passages=question_passages,
        sources=sources,
    )


def _is_aside(pair: SentencePair, development_share: float) -> bool:
    return pair.source.startswith("sib200") and _share(pair.target) < development_share


def _share(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def _read_pairs(path: Path) -> list[SentencePair]:
    source = path.name.removesuffix(".tsv.gz")
    language, target_language = source.rsplit(".", 1)[1].split("-")
    rows = {tuple(line.rstrip("\n").split("\t")[:2]) for line in _lines(path) if line.count("\t") >= 1}
    ordered = sorted(rows)
    random.Random(source).shuffle(ordered)
    return [
        SentencePair(source, language, text, target_language, target)
        for text, target in ordered[: MOST_ROWS.get(source)]
        if text and target and len(text) < 4 * len(target) + 40 and len(target) < 4 * len(text) + 40
    ]


def _read_questions(path: Path) -> list[QuestionPassage]:
    rows = [json.loads(line) for line in _lines(path)]
    return [QuestionPassage(row["question"], row["passage"]) for row in rows]


def _read_families(folder: Path) -> list[Family]:
    found: list[Family] = []
    for path in sorted(folder.glob("*.jsonl")):
        by_topic: dict[str, list[Member]] = defaultdict(list)
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "passage_ru" in row:
                questions = tuple(Question(q["lang"], q["kind"], q["text"]) for q in row["questions"])
                by_topic[row["topic"]].append(Member(row["passage_ru"], row["passage_en"], questions))
        found += [Family(f"{path.stem}: {topic}", tuple(members)) for topic, members in by_topic.items()]
    return found


def _read_side_by_side(path: Path) -> list[SentencePair]:
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    source = path.stem
    return [
        SentencePair(source, language, row[language], target, row[target])
        for row in rows
        for target in ("en", "ru")
        for language in row
        if language != target and (language, target) != ("en", "ru")
    ]


def _names_of_places() -> list[SentencePair]:
    """Countries, languages and months from Unicode's CLDR, which Babel carries."""
    from babel import Locale

    english = Locale("en")
    found: list[SentencePair] = []
    for language in LANGUAGES:
        if language == "en":
            continue
        locale = Locale(language)
        tables = [
            (locale.territories, english.territories),
            (locale.languages, english.languages),
            (locale.months["format"]["wide"], english.months["format"]["wide"]),
        ]
        for names, english_names in tables:
            found += [
                SentencePair("cldr", language, str(name), "en", str(english_names[code]))
                for code, name in names.items()
                if code in english_names and not str(english_names[code]).isdigit()
            ]
    return found
