"""The evidence for an answer, and the model fitted on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus import Passage
from index import Hit, Match
from qa.abstention import FEATURES, SCALE_FREE, evidence, fit, load, save


def _hit(late: float, dense: float, coverage: float, language: str = "ru") -> Hit:
    passage = Passage("s", 1, 0, 4, f"text {late} {dense} {coverage}", language)
    return Hit(passage, score=late, dense=dense, late=late, terms=0.0, coverage=coverage, matches=())


def test_evidence_worked_by_hand() -> None:
    hits = [_hit(0.9, 0.6, 0.5, "en"), _hit(0.5, 0.4, 0.1), _hit(0.3, 0.2, 0.0)]
    hits[0] = replace(hits[0], matches=(Match((0, 7), ((0, 4),), 0.8),))
    first = dict(zip(FEATURES, evidence(hits, "climate change", "en")[0], strict=True))
    assert first["late"] == 0.9
    assert first["coverage"] == 0.5
    # Rivals 0.5 and 0.3: mean 0.4, standard deviation 0.1; (0.9 - 0.4) / 0.1 = 5.
    assert first["late_lead"] == pytest.approx(5, rel=1e-4)
    assert first["same_language"] == 1
    assert first["stems"] == 2
    # "climate" was met with weight 0.8, "change" by nothing.
    assert (first["met"], first["least"]) == (0.5, 0)
    assert evidence([], "q", "ru").shape == (0, len(FEATURES))


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_evidence_is_finite_for_any_number_of_hits(count: int) -> None:
    rows = evidence([_hit(0.5, 0.5, 0.5)] * count, "q", "en")
    assert rows.shape == (count, len(FEATURES))
    assert np.isfinite(rows).all()


def test_a_fit_separates_what_can_be_separated_and_survives_saving(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows, answers = [], []
    for i in range(200):
        answered = i % 2 == 0
        top = rng.normal(0.8 if answered else 0.4, 0.05)
        rows.append(evidence([_hit(top, top, top), _hit(0.3, 0.3, 0.0), _hit(0.25, 0.3, 0.0)], "a b", "ru"))
        answers.append(np.array([answered, False, False]))
    answerable = np.array([found.any() for found in answers])
    calibration = fit(rows, answerable, answers)
    assert calibration.figures["auroc"] == 1
    assert calibration.figures["false_answers"] == calibration.figures["false_refusals"] == 0
    assert 0 < calibration.threshold <= calibration.strong <= 1
    assert calibration.strength(1.0) == "strong"
    assert calibration.strength(0.0) == "weak"

    any_encoder = fit(rows, answerable, answers, features=SCALE_FREE)
    save({"mine": calibration, "any": any_encoder}, tmp_path / "calibration.json")
    assert load("mine", tmp_path) == calibration
    assert load("another", tmp_path) == any_encoder


def test_what_ships_is_fitted_on_labelled_questions() -> None:
    assert load("unknown").figures["questions"] > 100


def test_a_text_that_two_statements_share_is_no_rival_of_itself() -> None:
    texts = [("one", 0.9), ("two", 0.5), ("three", 0.3)]
    once = [replace(_hit(late, late, 0.0), passage=Passage("s", 1, 0, 4, text, "ru")) for text, late in texts]
    twice = [replace(hit, passage=replace(hit.passage, statement_id=id_)) for hit in once for id_ in "ab"]
    assert evidence(twice, "q", "ru")[::2] == pytest.approx(evidence(once, "q", "ru"))
    assert evidence(twice, "q", "ru")[1::2] == pytest.approx(evidence(once, "q", "ru"))


def test_languages_are_compared_without_their_regions() -> None:
    row = evidence([_hit(0.9, 0.9, 0.5, "ru-RU")], "q", "ru")[0]
    assert row[FEATURES.index("same_language")] == 1


def test_the_shipped_fits_are_of_this_model_and_of_any() -> None:
    assert set(load("unknown").features) <= set(SCALE_FREE)
