"""The shipped question set: what it holds, and that its halves share nothing."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest

from corpus import Library
from eval.collect import SHIPPED, statement_rows
from eval.dataset import Dataset, Question, read_dataset
from eval.jsonl import read_jsonl
from index.stems import stems

OTHER_LANGUAGES = ("be", "kk", "ky", "tg", "hy", "uk", "fr", "es", "zh", "ar", "de", "tr")
KINDS = {"question", "keywords", "paraphrase", "entity", "several", "fragment", "typo"}
NEAR = 0.6


@pytest.fixture(scope="module")
def dev() -> Dataset:
    return read_dataset(SHIPPED, "dev")


@pytest.fixture(scope="module")
def test_split() -> Dataset:
    return read_dataset(SHIPPED, "test")


@pytest.fixture(scope="module")
def questions(dev: Dataset, test_split: Dataset) -> tuple[Question, ...]:
    return (*dev.questions, *test_split.questions)


def trigrams(text: str) -> frozenset[str]:
    folded = f" {' '.join(text.casefold().split())} "
    return frozenset(folded[i : i + 3] for i in range(len(folded) - 2))


def test_the_statement_in_it_is_the_library_s():
    rows = [row for _, row in read_jsonl(SHIPPED / "corpus.jsonl") if not row["metadata"].get("specimen")]
    assert rows == statement_rows(Library.shipped())


def test_the_rest_is_marked_as_specimens_in_title_and_metadata():
    rows = [row for _, row in read_jsonl(SHIPPED / "corpus.jsonl") if row["metadata"].get("specimen")]
    assert len(rows) >= 200
    assert all("(образец)" in row["title"] or "(specimen)" in row["title"] for row in rows)


def test_no_specimen_is_in_the_library():
    shipped = {statement.text for statement in Library.shipped()}
    specimens = (row for _, row in read_jsonl(SHIPPED / "corpus.jsonl") if row["metadata"].get("specimen"))
    assert not any(row["text"] in text for row in specimens for text in shipped)


def test_there_are_enough_questions_of_every_kind_and_language(questions):
    languages = Counter(question.language for question in questions)
    assert len(questions) >= 350
    assert languages["en"] >= 130
    assert languages["ru"] >= 100
    assert all(languages[language] >= 10 for language in OTHER_LANGUAGES)
    assert {question.kind for question in questions} == KINDS
    unanswerable = [question for question in questions if not question.answerable]
    assert len(unanswerable) >= 90
    assert sum(question.near_miss for question in unanswerable) >= len(unanswerable) / 2


def test_on_test_each_language_has_ten_answerable_questions(test_split):
    answerable = Counter(question.language for question in test_split.questions if question.answerable)
    assert min(answerable[language] for language in ("en", "ru", *OTHER_LANGUAGES)) >= 10


def test_fragments_have_a_conversation_and_others_have_none(questions):
    assert all(bool(question.turns) == (question.kind == "fragment") for question in questions)


def test_every_answer_has_a_sentence(dev, test_split):
    for dataset in (dev, test_split):
        for question in dataset.questions:
            answers = dataset.answers(question.id)
            assert bool(answers) == question.answerable
            assert {id_ for (asked, id_) in dataset.sentences if asked == question.id} == answers


def test_the_splits_share_no_question_and_no_near_duplicate(dev, test_split):
    assert {q.id for q in dev.questions}.isdisjoint(q.id for q in test_split.questions)
    ours = [(question.id, trigrams(question.text)) for question in dev.questions]
    theirs = [(question.id, trigrams(question.text)) for question in test_split.questions]
    near = [(a, b) for (a, x), (b, y) in itertools.product(ours, theirs) if len(x & y) / len(x | y) >= NEAR]
    assert near == []


def test_the_splits_share_no_answering_paragraph(dev, test_split):
    answers = [{id_ for q in split.questions for id_ in split.answers(q.id)} for split in (dev, test_split)]
    assert answers[0].isdisjoint(answers[1])


def test_what_plain_readers_see_is_well_formed():
    ids = {row["_id"] for _, row in read_jsonl(SHIPPED / "queries.jsonl")}
    for split in ("dev", "test"):
        header, *lines = (SHIPPED / "qrels" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()
        assert header == "query-id\tcorpus-id\tscore"
        assert all(line.split("\t")[0] in ids and line.split("\t")[2] in "12" for line in lines)


def test_the_files_say_nothing_but_data():
    text = (SHIPPED / "queries.jsonl").read_text(encoding="utf-8")
    keys = {key for line in text.splitlines() for key in json.loads(line)["metadata"]}
    assert keys == {"language", "kind", "turns", "answerable", "near_miss", "split"}


def test_paraphrases_share_no_content_stem_with_what_answers_in_their_language(dev, test_split):
    shared = []
    for dataset in (dev, test_split):
        documents = {document.id: document for document in dataset.documents}
        for question in dataset.questions:
            if question.kind != "paraphrase":
                continue
            asked = {stem.term for stem in stems(question.text, question.language)}
            for id_ in dataset.answers(question.id):
                document = documents[id_]
                if document.language == question.language:
                    said = {stem.term for stem in stems(document.text, document.language)}
                    shared += [(question.id, id_, asked & said)] if asked & said else []
    assert shared == []


def test_the_card_counts_right(dev, test_split, questions):
    card = (SHIPPED / "README.md").read_text(encoding="utf-8")
    grades = Counter(
        grade for split in (dev, test_split) for each in split.judgements.values() for grade in each.values()
    )
    kinds = Counter(question.kind for question in questions)
    unanswerable = sum(not question.answerable for question in questions)
    for text in (
        f"{len(dev.documents)} paragraphs",
        f"{len(questions)} questions, {unanswerable} of them unanswerable",
        f"{grades.total()} judgements: 2 answers ({grades[2]}), 1 same matter without",
        f" without answering ({grades[1]})",
        f"`dev` ({len(dev.questions)} questions)",
        f"`test` ({len(test_split.questions)})",
        *(f"| {kind} | {count} |" for kind, count in kinds.items()),
    ):
        assert text in card
