"""Reading BEIR folders: what is taken, and what is refused with which words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.dataset import read_dataset
from eval.jsonl import DatasetError

Files = dict[str, str]


def rows(*objects: object) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)


GOOD: Files = {
    "corpus.jsonl": rows(
        {"_id": "d1", "title": "Первое", "text": "Одно.\nДругое.", "metadata": {"language": "ru"}},
        {"_id": "d2", "title": "", "text": "Second."},
    ),
    "queries.jsonl": rows(
        {"_id": "q1", "text": "что?", "metadata": {"language": "ru", "kind": "paraphrase", "turns": ["а"]}},
        {"_id": "q2", "text": "second?", "metadata": {"lang": "en"}},
        {"_id": "q3", "text": "rice?", "metadata": {"answerable": False, "near_miss": True, "split": "test"}},
        {"_id": "q4", "text": "pasta?", "metadata": {"answerable": False, "split": "dev"}},
    ),
    "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\n",
    "qrels/dev.tsv": "query-id\tcorpus-id\tscore\nq2\td2\t1\n",
    "sentences.tsv": "query-id\tcorpus-id\tsentence\nq1\td1\tОдно. Другое.\n",
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    def write(files: Files) -> Path:
        for name, text in files.items():
            path = tmp_path / "set" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        return tmp_path / "set"

    return write


def test_a_split_holds_what_its_qrels_judge_and_its_unanswerable_questions(write):
    dataset = read_dataset(write(GOOD), "test")
    first, third = dataset.questions
    assert (first.id, first.language, first.kind, first.turns) == ("q1", "ru", "paraphrase", ("а",))
    assert (third.id, third.answerable, third.near_miss) == ("q3", False, True)
    assert dataset.answer_grade == 2
    assert dataset.answers("q1") == {"d1"}
    assert dataset.answers("q3") == frozenset()


def test_where_all_grades_are_one_one_answers(write):
    dataset = read_dataset(write(GOOD), "dev")
    assert [question.id for question in dataset.questions] == ["q2", "q4"]
    assert dataset.answer_grade == 1
    assert dataset.answers("q2") == {"d2"}


def test_a_sentence_over_a_soft_line_break_is_written_with_a_space(write):
    assert read_dataset(write(GOOD), "test").sentences == {("q1", "d1"): ("Одно. Другое.",)}


def test_fingerprints_know_content_not_order(write):
    before = read_dataset(write(GOOD), "test")
    turned = {**GOOD, "corpus.jsonl": "".join(reversed(GOOD["corpus.jsonl"].splitlines(keepends=True)))}
    same = read_dataset(write(turned), "test")
    assert same.collection_fingerprint == before.collection_fingerprint
    changed = {**GOOD, "qrels/test.tsv": GOOD["qrels/test.tsv"].replace("d1\t2", "d1\t1")}
    assert read_dataset(write(changed), "test").questions_fingerprint != before.questions_fingerprint


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("corpus.jsonl", '{"_id": "d1", "text": "a"}\nnonsense\n', r"corpus\.jsonl:2: not JSON"),
        ("corpus.jsonl", '{"_id": "d1"}\n', r"corpus\.jsonl:1: expected"),
        ("corpus.jsonl", "[1]\n", r"corpus\.jsonl:1: expected a JSON object"),
        ("corpus.jsonl", '{"_id": "d1", "text": " "}\n', "'d1' has no text"),
        ("corpus.jsonl", GOOD["corpus.jsonl"] * 2, "'d1' is there twice"),
        ("queries.jsonl", GOOD["queries.jsonl"] * 2, "'q1' is there twice"),
        ("queries.jsonl", "", "'q1'.*lacks"),
        ("qrels/test.tsv", "q1\td1\t2\n", "first line must be the header"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\n", r"test\.tsv:2: 2 columns, expected 3"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td9\t2\n", "'d9' is not in corpus.jsonl"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\ttwo\n", "'two' is not a whole number"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td1\t1\n", "judged twice"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq3\td1\t2\n", "marked unanswerable, yet"),
        ("sentences.tsv", "query-id\tcorpus-id\tsentence\nq1\td1\tТретье\n", "not in document 'd1'"),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(write, file, text, words):
    with pytest.raises(DatasetError, match=words):
        read_dataset(write({**GOOD, file: text}), "test")


def test_an_unknown_split_names_those_there(write):
    with pytest.raises(DatasetError, match="splits there are: dev, test"):
        read_dataset(write(GOOD), "train")


def test_a_split_without_questions_says_what_to_add(write):
    header = "query-id\tcorpus-id\tscore\n"
    empty = {"corpus.jsonl": GOOD["corpus.jsonl"], "queries.jsonl": "", "qrels/new.tsv": header}
    with pytest.raises(DatasetError, match=r"no question in split 'new': add rows to queries\.jsonl"):
        read_dataset(write(empty), "new")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"nowhere.corpus\.jsonl cannot be read"):
        read_dataset(tmp_path / "nowhere", "test")
