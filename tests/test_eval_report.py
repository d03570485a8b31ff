"""The report: every form says the same, nothing in it is markup or leads elsewhere."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import ir_measures
import pytest
from bs4 import BeautifulSoup

from eval.dataset import Dataset, Document, Question
from eval.gate import Check
from eval.measures import MEASURES, score_questions
from eval.report import facts, gate_lines, markdown, table, write_report
from eval.rows import Row, Run, Settings, Verdict, read_rows
from eval.summary import summarise

NASTY = '<script>alert("1")</script> | **b** {{ 7*7 }} </title>'


@pytest.fixture
def dataset() -> Dataset:
    documents = tuple(Document(f"d{i}", NASTY, f"{NASTY} {i}.", "ru") for i in range(4))
    questions = tuple(
        Question(f"q{i}", f"{NASTY}?", ("ru", "en")[i % 2], "question", (), i < 6, i >= 8) for i in range(10)
    )
    judgements = {f"q{i}": {f"d{i % 4}": 2} for i in range(6)}
    return Dataset(NASTY, "test", documents, questions, judgements, {})


@pytest.fixture
def run(dataset: Dataset) -> Run:
    rankings = {q.id: (("d0", 0.5), ("d1", 0.5), ("d2", 0.25)) for q in dataset.questions}
    scores = score_questions(dataset.judgements, rankings, answer_grade=2)
    rows = tuple(
        Row(
            q.id,
            q.text,
            q.language,
            "en",
            q.kind,
            q.answerable,
            q.near_miss,
            scores.get(q.id, {}),
            rankings[q.id],
            Verdict(
                i != 9, 0.9 - i / 20, "d0", "d0" in dataset.answers(q.id), 3, 3, i == 0 if i < 2 else None
            ),
        )
        for i, q in enumerate(dataset.questions)
    )
    return Run(Settings(NASTY, "test", "fused", 4, "c", "q", NASTY, "m", {"note": NASTY}), rows)


CHECKS = (Check("exact quotes", passed=True, detail="30 of 30"), Check(NASTY, passed=False, detail=NASTY))


@pytest.fixture
def folder(dataset: Dataset, run: Run, tmp_path: Path) -> Path:
    write_report(tmp_path / "report", dataset, run, summarise(run), CHECKS)
    return tmp_path / "report"


def test_the_files_are_all_there(folder):
    assert {path.name for path in folder.iterdir()} == {
        "rows.jsonl",
        "run.trec",
        "summary.json",
        "summary.md",
        "junit.xml",
        "index.html",
    }


def test_two_reports_of_one_run_are_the_same_bytes(folder, dataset, run, tmp_path):
    write_report(tmp_path / "again", dataset, run, summarise(run), CHECKS)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_the_rows_come_back(folder, run):
    assert read_rows(folder / "rows.jsonl") == run.rows


def test_the_trec_run_gives_the_same_figures(folder, dataset, run):
    qrels = [
        ir_measures.Qrel(q, d, grade)
        for q, grades in dataset.judgements.items()
        for d, grade in grades.items()
    ]
    found = ir_measures.read_trec_run(str(folder / "run.trec"))
    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    again = ir_measures.calc_aggregate(measures, qrels, list(found))
    overall = summarise(run).overall.scores
    assert {str(m): pytest.approx(v, abs=1e-6) for m, v in again.items()} == {
        m: overall[m].mean for m in MEASURES
    }


def test_the_summary_holds_the_figures(folder, run):
    content = json.loads((folder / "summary.json").read_text())
    summary = summarise(run)
    assert content["overall"]["scores"]["nDCG@10"]["mean"] == summary.overall.scores["nDCG@10"].mean
    assert content["exact"] == content["quotes"] == 30
    assert content["checks"][1]["passed"] is False


def test_false_answers_and_refusals_are_counted(run):
    verdicts = summarise(run).verdicts
    assert verdicts.false_answers.mean == pytest.approx(3 / 4)
    assert verdicts.near_false_answers.mean == pytest.approx(1 / 2)
    assert verdicts.false_refusals.mean == 0
    assert verdicts.auroc.mean == 1
    assert summarise(run).highlights.mean == 0.5
    assert summarise(run).detection.mean == 0.5


def test_junit_counts_the_failed_check(folder):
    suite = ET.parse(folder / "junit.xml").getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite.iter("testcase")] == ["exact quotes", NASTY]


def test_the_page_shows_texts_as_texts_and_fetches_nothing(folder, dataset):
    html = (folder / "index.html").read_text()
    page = BeautifulSoup(html, "html.parser")
    assert not page.find_all(["script", "link", "img", "iframe", "object", "a"])
    assert "default-src 'none'" in page.find("meta", attrs={"http-equiv": True})["content"]
    assert "url(" not in html
    assert "@import" not in html
    assert NASTY in page.title.text
    assert any(NASTY in quote.text for quote in page.find_all("blockquote"))
    assert "49" not in page.h1.text


def test_the_plots_draw_what_the_figures_say(folder, run):
    page = BeautifulSoup((folder / "index.html").read_text(), "html.parser")
    languages = summarise(run).languages
    bars = page.find("figure").find_all("rect")
    assert [float(bar["width"]) for bar in bars] == [
        pytest.approx(290 * group.scores["nDCG@10"].mean, abs=0.05) for group in languages
    ]


def test_the_worst_questions_come_first_and_perfect_ones_not_at_all(folder):
    page = BeautifulSoup((folder / "index.html").read_text(), "html.parser")
    worst, false_answers = page.find_all("section")[-2:]
    assert [article.find("code").text for article in worst.find_all("article")] == ["q3", "q2", "q1", "q5"]
    assert [article.find("code").text for article in false_answers.find_all("article")] == ["q6", "q7", "q8"]


def test_markdown_cells_hold_no_markup(run):
    text = markdown(summarise(run), CHECKS)
    assert "<script>" not in text
    assert re.search(r"(?<!\\)\*\*b", text) is None
    assert "1 of 2 checks failed" in text
    assert text.count("\n| all |") == 1


def test_the_table_is_aligned(run):
    lines = table(summarise(run)).splitlines()
    assert lines[0].split() == ["n", *MEASURES]
    assert len({len(line) for line in lines[:4]}) == 1
    assert "quotes equal to their source: 30 of 30" in lines


def test_a_single_channel_has_no_verdicts(run):
    rows = tuple(
        Row(**{f: getattr(r, f) for f in r.__slots__ if f != "verdict"}, verdict=None) for r in run.rows
    )
    summary = summarise(Run(run.settings, rows))
    assert summary.verdicts is None
    assert {name for name, _ in facts(summary)} == {"question language recognised"}


def test_the_gate_says_how_it_ended():
    assert gate_lines(CHECKS).splitlines()[-1] == "gate: 1 of 2 checks failed"
    assert gate_lines(CHECKS[:1]).splitlines()[-1] == "gate: passed"
