"""Running a data set through the product, with an encoder that is small and exact."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus import Library
from eval.__main__ import app
from eval.collect import SHIPPED, refresh, statement_rows
from eval.dataset import read_dataset
from eval.gate import read_baseline
from eval.jsonl import DatasetError, read_jsonl, write_jsonl
from eval.memory import RememberingEncoder
from eval.own import candidates, init
from eval.run import evaluate, find, prepare, rank, statement_id
from eval.tune import calibrate, weigh
from qa import Assistant


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three paragraphs, one with an id that is no slug, one too long for one passage."""
    path = tmp_path / "set"
    long = " ".join(f"Пункт {i} о мерах доверия и об обмене данными номер {i}." for i in range(40))
    write_jsonl(
        path / "corpus.jsonl",
        [
            {
                "_id": "D/1",
                "title": "Ледники",
                "text": "Ледники Памира тают. Стороны строят станции наблюдения.",
            },
            {"_id": "d2", "title": "", "text": "Грузовики стоят на границе. Очередь станет электронной."},
            {"_id": "d3", "title": "", "text": long + " Кабели на дне моря охраняют."},
        ],
    )
    write_jsonl(
        path / "queries.jsonl",
        [
            {"_id": "q1", "text": "станции наблюдения за ледниками", "metadata": {"language": "ru"}},
            {"_id": "q2", "text": "кабели на дне моря", "metadata": {"language": "ru", "kind": "keywords"}},
            {
                "_id": "q3",
                "text": "а очередь?",
                "metadata": {"language": "ru", "turns": ["грузовики на границе"]},
            },
            {
                "_id": "q4",
                "text": "рецепт борща",
                "metadata": {"language": "ru", "answerable": False, "split": "dev"},
            },
            {
                "_id": "q5",
                "text": "zzz qqq",
                "metadata": {"language": "en", "answerable": False, "split": "dev"},
            },
        ],
    )
    header = "query-id\tcorpus-id\t"
    (path / "qrels").mkdir()
    (path / "qrels" / "dev.tsv").write_text(f"{header}score\nq1\tD/1\t2\nq2\td3\t2\nq3\td2\t2\nq3\td3\t1\n")
    (path / "sentences.tsv").write_text(
        f"{header}sentence\nq1\tD/1\tСтороны строят станции наблюдения.\n"
        "q2\td3\tКабели на дне моря охраняют.\n"
    )
    return path


def test_a_run_scores_and_judges_every_question(folder, encoder, tmp_path):
    dataset = read_dataset(folder, "dev")
    run = evaluate(dataset, prepare(dataset, encoder, cache=tmp_path / "cache"))
    rows = {row.id: row for row in run.rows}
    assert [row.id for row in run.rows] == ["q1", "q2", "q3", "q4", "q5"]
    assert {id_: row.ranking[0][0] for id_, row in rows.items() if row.answerable} == {
        "q1": "D/1",
        "q2": "d3",
        "q3": "d2",
    }
    assert rows["q1"].scores["nDCG@10"] == 1
    assert rows["q4"].scores == {}
    assert all(row.verdict.exact == row.verdict.quotes > 0 for row in run.rows)
    assert run.settings.model == "hash"


def test_a_long_document_counts_by_its_best_passage(folder, encoder, tmp_path):
    dataset = read_dataset(folder, "dev")
    bench = prepare(dataset, encoder, cache=tmp_path / "cache")
    assert sum(passage.statement_id == "d3" for passage in bench.passages.passages) > 1
    found = find(bench, dataset.questions[1])
    ranking = rank(bench, found.candidates, found.candidates.late)
    assert len(ranking) == len({document for document, _ in ranking}) == 3
    assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)


@pytest.mark.parametrize("channel", ["dense", "terms", "late", "fused"])
def test_a_channel_ranks_as_the_product_s_search_does(folder, encoder, tmp_path, channel):
    dataset = read_dataset(folder, "dev")
    bench = prepare(dataset, encoder, cache=tmp_path / "cache")
    run = evaluate(dataset, bench, channel=channel)
    for question, row in zip(dataset.questions, run.rows, strict=True):
        quotes = bench.assistant.search(question.text, 20, history=question.turns, channel=channel)
        searched = list(dict.fromkeys(bench.documents[quote.statement].id for quote in quotes))
        assert [document for document, _ in row.ranking] == searched


def test_a_single_channel_has_no_verdicts(folder, encoder, tmp_path):
    dataset = read_dataset(folder, "dev")
    run = evaluate(dataset, prepare(dataset, encoder, cache=tmp_path / "cache"), channel="terms")
    assert all(row.verdict is None for row in run.rows)


def test_the_collection_is_embedded_once(folder, encoder, tmp_path):
    dataset = read_dataset(folder, "dev")
    prepare(dataset, encoder, cache=tmp_path / "cache")
    encoder.encoded.clear()
    prepare(dataset, encoder, cache=tmp_path / "cache")
    assert encoder.encoded == []


def test_two_runs_are_the_same(folder, encoder, tmp_path):
    dataset = read_dataset(folder, "dev")
    runs = [evaluate(dataset, prepare(dataset, encoder, cache=tmp_path / name)) for name in ("a", "b")]
    assert runs[0] == runs[1]


def test_a_tampered_quote_is_counted_as_inexact(folder, encoder, tmp_path, monkeypatch):
    dataset = read_dataset(folder, "dev")
    bench = prepare(dataset, encoder, cache=tmp_path / "cache")
    ask = Assistant.ask

    def tampering(self, *args, **kwargs):
        import dataclasses

        answer = ask(self, *args, **kwargs)
        worse = [
            tuple(dataclasses.replace(quote, text=quote.text.replace(".", "!", 1)) for quote in quotes)
            for quotes in (answer.quotes, answer.nearest)
        ]
        return dataclasses.replace(answer, quotes=worse[0], nearest=worse[1])

    monkeypatch.setattr(Assistant, "ask", tampering)
    assert all(row.verdict.exact == 0 for row in evaluate(dataset, bench).rows)


def test_ids_become_slugs_and_stay_apart():
    assert statement_id("a-001") == "a-001"
    ids = [statement_id(id_) for id_ in ("A-001", "a_001", "Ж", "", "x" * 200)]
    assert len(set(ids)) == len(ids)
    assert all(id_[0].isalnum() and len(id_) <= 100 for id_ in ids)


def test_a_remembering_encoder_gives_the_same_and_forgets_the_oldest(encoder):
    remembering = RememberingEncoder(encoder, limit=2)
    plain = [each.vector.tolist() for each in encoder.encode_documents(["а б", "в", "а б"])]
    encoder.encoded.clear()
    assert [each.vector.tolist() for each in remembering.encode_documents(["а б", "в", "а б"])] == plain
    assert encoder.encoded == ["а б", "в"]
    list(remembering.encode_documents(["г", "в"]))
    list(remembering.encode_documents(["а б"]))
    assert encoder.encoded == ["а б", "в", "г", "а б"]


def test_tuning_tries_every_mixture_and_fits_a_verdict(folder, encoder, tmp_path):
    dataset = read_dataset(folder, "dev")
    bench = prepare(dataset, encoder, cache=tmp_path / "cache")
    choices = weigh(dataset, bench)
    assert len(choices) == 66
    assert choices[0].score == max(choice.score for choice in choices) == 1
    fits = calibrate(dataset, bench)
    assert set(fits) == {"hash-1", "any"}
    assert fits["hash-1"].figures["questions"] == 5


def test_init_makes_a_set_that_reads_and_runs(encoder, tmp_path):
    init(tmp_path / "own", Library.shipped())
    dataset = read_dataset(tmp_path / "own", "test")
    rows = {
        row.id: row for row in evaluate(dataset, prepare(dataset, encoder, cache=tmp_path / "cache")).rows
    }
    assert rows["q1"].scores["R@1"] == 1
    assert not rows["q2"].answerable
    with pytest.raises(DatasetError, match="not empty"):
        init(tmp_path / "own", Library.shipped())


def test_feedback_becomes_candidates_not_questions(tmp_path):
    init(tmp_path / "own", Library.shipped())
    statement = next(iter(Library.shipped()))
    paragraph = statement_rows([statement])[7]
    receipt = {
        "statement": statement.id,
        "start": paragraph["metadata"]["start"] + 2,
        "stop": paragraph["metadata"]["stop"] - 2,
    }
    entry = {"language": "en", "verdict": "answered", "thumb": "up", "reason": "", "receipts": [receipt]}
    write_jsonl(
        tmp_path / "feedback.jsonl",
        [
            {**entry, "question": "What about the convention?", "history": ["before"]},
            {**entry, "question": "what  about the Convention?", "thumb": "down", "reason": "wrong"},
            {**entry, "question": "Is it raining?", "verdict": "not_found", "receipts": []},
            {**entry, "question": "How long should rice be boiled?"},
        ],
    )
    before = (tmp_path / "own" / "queries.jsonl").read_bytes()
    rows, judgements = candidates(tmp_path / "feedback.jsonl", tmp_path / "own")
    found = [row for _, row in read_jsonl(rows)]
    assert [row["text"] for row in found] == ["What about the convention?", "Is it raining?"]
    assert [thumb["thumb"] for thumb in found[0]["metadata"]["thumbs"]] == ["up", "down"]
    assert found[0]["metadata"]["turns"] == ["before"]
    assert found[1]["metadata"]["answerable"] is False
    assert judgements.read_text().splitlines()[1:] == [f"{found[0]['_id']}\t{paragraph['_id']}\t2"]
    assert (tmp_path / "own" / "queries.jsonl").read_bytes() == before


def test_refresh_replaces_the_statement_and_keeps_the_specimens(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "set")
    path = tmp_path / "set" / "corpus.jsonl"
    rows = [row for _, row in read_jsonl(path)]
    write_jsonl(
        path, [{**row, "text": "old"} if not row["metadata"].get("specimen") else row for row in rows]
    )
    assert refresh(tmp_path / "set") == 10
    assert [row for _, row in read_jsonl(path)] == rows


@pytest.fixture
def cli(encoder, monkeypatch, tmp_path):
    monkeypatch.setattr("index.SentenceEncoder", lambda model=None: encoder)

    def run(*arguments: object) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["--cache", str(tmp_path / "cache"), *map(str, arguments)])
        return result.exit_code, result.stdout, result.stderr

    return run


def test_the_command_reports_gates_and_refuses(cli, folder, tmp_path):
    options = ("--dataset", folder, "--split", "dev", "--baseline", tmp_path / "baseline")
    code, _, errors = cli(*options, "--gate")
    assert (code, "no usable baseline" in errors) == (2, True)
    assert cli(*options, "--update-baseline")[0] == 2
    code, output, _ = cli(*options, "--update-baseline", "--reason", "first", "--report", tmp_path / "report")
    assert code == 0
    assert output.splitlines()[1].split()[:3] == ["all", "3", "1.000"]
    assert (tmp_path / "report" / "index.html").exists()
    assert read_baseline(tmp_path / "baseline").reason == "first"
    code, output, _ = cli(*options, "--gate")
    assert (code, output.splitlines()[-1]) == (0, "gate: passed")
    (tmp_path / "baseline" / "floors.toml").write_text('["nDCG@10"]\nall = 1.1\n')
    code, output, _ = cli(*options, "--gate")
    assert (code, output.splitlines()[-1]) == (1, "gate: 1 of 3 checks failed")
    qrels = folder / "qrels" / "dev.tsv"
    qrels.write_text(qrels.read_text().replace("q3\td3\t1\n", ""))
    code, _, errors = cli(*options, "--gate")
    assert (code, "cannot be compared" in errors) == (2, True)


def test_the_command_refuses_a_split_that_is_not_there(cli, folder):
    code, output, errors = cli("--dataset", folder, "--split", "train")
    assert (code, output) == (2, "")
    assert "splits there are: dev" in errors


def test_the_command_makes_a_set_and_candidates(cli, tmp_path):
    code, output, _ = cli("init", tmp_path / "own")
    assert (code, len(output.splitlines())) == (0, 6)
    assert cli("init", tmp_path / "own")[0] == 2
    (tmp_path / "feedback.jsonl").write_text("")
    assert cli("candidates", tmp_path / "feedback.jsonl", "--dataset", tmp_path / "own")[0] == 0
    (tmp_path / "feedback.jsonl").write_text("{")
    code, _, errors = cli("candidates", tmp_path / "feedback.jsonl", "--dataset", tmp_path / "own")
    assert (code, "feedback.jsonl:1: not JSON" in errors) == (2, True)


def test_tune_prints_and_writes_only_when_asked(cli, folder, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("qa.abstention.SHIPPED", tmp_path / "calibration.json")
    (tmp_path / "calibration.json").write_text(json.dumps({"any": _fit()}))
    code, output, _ = cli("tune", "--dataset", folder, "--cache", tmp_path / "cache")
    assert code == 0
    assert "Weights(" in output
    assert "hash-1" not in (tmp_path / "calibration.json").read_text()
    options = ("tune", "--dataset", folder, "--model", "hash", "--cache", tmp_path / "cache", "--write")
    assert cli(*options)[0] == 0
    assert "hash-1" not in (tmp_path / "calibration.json").read_text()
    kept = json.loads((tmp_path / "cache" / "calibration.json").read_text())
    assert set(kept) == {"hash-1"}
    assert (
        prepare(read_dataset(folder, "dev"), encoder, cache=tmp_path / "cache").verdict.figures["questions"]
        == 5
    )


def _fit() -> dict[str, object]:
    return {
        "features": ["dense"],
        "mean": [0.3],
        "scale": [0.1],
        "coefficients": [2.0],
        "intercept": 0.0,
        "threshold": 0.5,
        "strong": 0.9,
        "figures": {},
    }
