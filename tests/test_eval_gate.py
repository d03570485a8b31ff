"""The gate: what fails it, what does not, and what it refuses to compare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.gate import Baseline, GateError, judge, read_baseline, write_baseline
from eval.measures import MEASURES
from eval.rows import Row, Run, Settings, Verdict

SETTINGS = Settings("set", "test", "fused", 100, "c" * 64, "q" * 64, "hash", "m" * 64, {"depth": 50})
LANGUAGES = ("ru", "en", "hy", "zh")
TOLERANCE = {"tolerance": {"all": 0.01, "language": 0.03}}


def row(number: int, score: float, *, answerable: bool = True, exact: int = 3, answered: bool = True) -> Row:
    scores = dict.fromkeys(MEASURES, score) if answerable else {}
    verdict = Verdict(answered, 0.9 if answered else 0.1, "d1", score == 1, 3, exact, None)
    language = LANGUAGES[number % len(LANGUAGES)]
    return Row(
        f"q{number}", "?", language, language, "question", answerable, False, scores, (("d1", 1.0),), verdict
    )


def run(scores: np.ndarray, **changes: object) -> Run:
    answerable = [row(i, float(score)) for i, score in enumerate(scores)]
    unanswerable = [
        row(i, 0.0, answerable=False, answered=False) for i in range(len(scores), len(scores) + 10)
    ]
    return Run(replace(SETTINGS, **changes), (*answerable, *unanswerable))


def failed(outcome: Run, before: Run, floors: dict[str, dict[str, float]] = TOLERANCE) -> list[str]:
    return [check.name for check in judge(outcome, Baseline(before, "first", floors)) if not check.passed]


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(3).choice([1.0, 0.63, 0.5, 0.0], size=200, p=[0.8, 0.1, 0.05, 0.05])


def test_the_same_run_passes_and_says_what_it_could_have_seen(scores):
    checks = judge(run(scores), Baseline(run(scores), "first", TOLERANCE))
    assert all(check.passed for check in checks)
    assert [check.name for check in checks if check.name.startswith("against")] == [
        f"against baseline {name}" for name in ("all", "en", "hy", "ru", "zh")
    ]
    assert all("would have been seen" in check.detail for check in checks if check.name.startswith("against"))


def test_noise_passes(scores):
    random = np.random.default_rng(5)
    for _ in range(20):
        noisy = scores.copy()
        swapped = random.choice(200, 20, replace=False)
        noisy[swapped] = random.permutation(scores[swapped])
        assert failed(run(noisy), run(scores)) == []


def test_a_broken_ranking_fails(scores):
    assert "against baseline all" in failed(run(scores * 0.7), run(scores))


def test_one_language_that_falls_fails_by_its_name(scores):
    fallen = scores.copy()
    fallen[2::4] *= 0.6
    assert "against baseline hy" in failed(run(fallen), run(scores))
    assert "against baseline ru" not in failed(run(fallen), run(scores))


def test_a_significant_drop_within_the_tolerance_passes(scores):
    slightly = scores - 0.005
    assert failed(run(slightly), run(scores)) == []
    assert failed(run(slightly), run(scores), {"tolerance": {"all": 0.001, "language": 0.001}}) != []


def test_a_rise_passes(scores):
    assert failed(run(np.ones(200)), run(scores)) == []


def test_one_inexact_quote_fails(scores):
    outcome = run(scores)
    rows = (replace(outcome.rows[0], verdict=replace(outcome.rows[0].verdict, exact=2)), *outcome.rows[1:])
    assert failed(Run(outcome.settings, rows), outcome) == ["exact quotes"]


@pytest.mark.parametrize(
    ("floors", "name"),
    [
        ({"nDCG@10": {"all": 0.99}}, "floor nDCG@10 all"),
        ({"nDCG@10": {"ru": 0.99}}, "floor nDCG@10 ru"),
        ({"nDCG@10": {"each-language": 0.99}}, "floor nDCG@10 zh"),
        ({"nDCG@10": {"question": 0.99}}, "floor nDCG@10 question"),
        ({"nDCG@10": {"klingon": 0.1}}, "floor nDCG@10 klingon"),
        ({"verdicts": {"auroc": 1.01}}, "floor verdict AUROC"),
        ({"verdicts": {"false-answers": -0.1}}, "false answers"),
        ({"verdicts": {"false-refusals": -0.1}}, "false refusals"),
    ],
)
def test_a_broken_floor_fails_by_its_name(scores, floors, name):
    assert name in failed(run(scores), run(scores), floors)


@pytest.mark.parametrize("change", [{"questions": "x" * 64}, {"collection": "x" * 64}])
def test_other_questions_or_documents_are_refused(scores, change):
    with pytest.raises(GateError, match="cannot be compared"):
        judge(run(scores, **change), Baseline(run(scores), "first", TOLERANCE))


def test_another_model_or_channel_is_what_is_judged(scores):
    changed = run(scores, model="other", model_fingerprint="x" * 64, channel="dense")
    assert failed(changed, run(scores)) == []


def test_floors_of_verdicts_that_were_not_measured_say_so(scores):
    outcome = run(scores)
    single = Run(outcome.settings, tuple(replace(row, verdict=None) for row in outcome.rows))
    checks = {
        check.name: check for check in judge(single, Baseline(outcome, "", {"verdicts": {"auroc": 0.9}}))
    }
    assert checks["verdicts"].detail.startswith("not measured")


def test_a_baseline_survives_the_disk_and_keeps_its_floors(scores, tmp_path):
    write_baseline(tmp_path / "b", run(scores), "first\n")
    before = read_baseline(tmp_path / "b")
    assert before.run == run(scores)
    assert before.reason == "first"
    (tmp_path / "b" / "floors.toml").write_text('["nDCG@10"]\nall = 0.5\n')
    write_baseline(tmp_path / "b", run(scores), "second")
    assert read_baseline(tmp_path / "b").floors == {"nDCG@10": {"all": 0.5}}


def test_a_baseline_needs_a_reason_and_a_gate_a_baseline(scores, tmp_path):
    with pytest.raises(GateError, match="needs a reason"):
        write_baseline(tmp_path, run(scores), " ")
    with pytest.raises(GateError, match="--update-baseline"):
        read_baseline(tmp_path)
