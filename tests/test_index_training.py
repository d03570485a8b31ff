"""The recipe's arithmetic, worked by hand, and its parts on toy data."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from index.training import tables
from index.training.alignment import neighbours, start_vectors
from index.training.data import Family, Member, Question, read_training_text
from index.training.distillation import max_sim
from index.training.evaluate import by_group, family_retrieval, ndcg_at_10
from index.training.exchange import Exchange, combined
from index.training.late import piece_weights
from index.training.settings import Alignment, Table
from index.training.student import CLS, PAD, SEP, batch_of, batches_by_length, inner_mask, mixed
from index.training.vocabulary import SPECIAL, assemble, normalizer


def test_a_new_piece_starts_at_the_expected_english_vector() -> None:
    english = np.array([[2, 0], [0, 2], [0, 0]], np.float32)  # rows 0 and 1 are English, 2 is new
    own = np.array([True, True, False])
    counts = sp.csr_array(np.array([[0.0, 0, 0], [0, 0, 0], [3, 4, 0]]))
    vectors = start_vectors(counts, english, own, sp.csr_array((3, 3)), Alignment())
    # (3·(2,0) + 4·(0,2)) / 7 points to (3,4)/5; the median length of English vectors is 2.
    assert vectors[2] == pytest.approx([1.2, 1.6])
    assert np.array_equal(vectors[:2], english[:2])


def test_a_piece_without_links_starts_where_its_like_are() -> None:
    english = np.array([[2, 0], [0, 2], [0, 0], [0, 0]], np.float32)
    own = np.array([True, True, False, False])
    counts = sp.csr_array(np.array([[0.0] * 4, [0] * 4, [5, 0, 0, 0], [0] * 4]))
    alike = sp.csr_array(([1.0], ([3], [2])), shape=(4, 4))
    assert start_vectors(counts, english, own, alike, Alignment())[3] == pytest.approx([2, 0])


def test_neighbours_share_letters_and_are_known() -> None:
    pieces = ["государство", "государства", "дзяржава", "дзяржавы", "##ство"]
    known = np.array([True, False, True, False, False])
    rows = neighbours(pieces, known, 2).toarray()
    assert rows[1].argmax() == 0
    assert rows[3].argmax() == 2
    assert not rows[:, ~known].any()
    assert np.all(np.isclose(rows.sum(axis=1), 1) | (rows.sum(axis=1) == 0))


def test_links_count_fully_where_both_directions_agree() -> None:
    pytest.importorskip("eflomal")
    from index.training.alignment import link_counts

    lines = [[0], [1], [0, 1], [1, 0]] * 50
    counts = link_counts(lines, lines, (2, 2), 0.1).toarray()
    assert counts.argmax(axis=1).tolist() == [0, 1]


def counts_of(rows: list[str], columns: list[str], links: list[list[float]]) -> tables.Counts:
    return tables.Counts(rows, columns, sp.csr_array(np.array(links, dtype=np.float64)))


def test_probabilities_are_sharpened_by_the_other_direction() -> None:
    found = tables.probabilities(counts_of(["a", "b"], ["x", "y"], [[8, 2], [0, 2]]), Table(doubt=0.0))
    # a: sqrt(8/10 · 8/8) = 0.894 and sqrt(2/10 · 2/4) = 0.316, brought to sum 1.
    assert found.toarray()[0] == pytest.approx([0.7388, 0.2612], abs=1e-4)
    assert found.toarray()[1] == pytest.approx([0, 1])


def test_a_table_leads_through_a_third_language() -> None:
    first = counts_of(["дзяржава"], ["peac", "state"], [[0, 4]])
    second = counts_of(["state", "war"], ["войн", "государств"], [[0, 9], [9, 0]])
    found = tables.through(first, second, Table(doubt=0.0))
    assert (found.rows, found.columns) == (["дзяржава"], ["войн", "государств"])
    assert found.links.toarray()[0] == pytest.approx([0, 4])


def test_counts_add_over_the_union_of_terms() -> None:
    found = tables.added(counts_of(["a"], ["x"], [[1]]), counts_of(["a", "b"], ["y", "x"], [[2, 3], [4, 0]]))
    assert (found.rows, found.columns) == (["a", "b"], ["x", "y"])
    assert found.links.toarray().tolist() == [[4, 2], [0, 4]]


def test_the_mean_of_workers_counts_only_who_changed_a_row() -> None:
    base = {"table": torch.zeros(3, 2), "bias": torch.zeros(2)}
    one = {"table": torch.tensor([[1.0, 1], [2, 2], [0, 0]]), "bias": torch.tensor([2.0, 0])}
    other = {"table": torch.tensor([[3.0, 3], [0, 0], [0, 0]]), "bias": torch.tensor([0.0, 4])}
    found = combined(base, [one, other])
    assert found["table"].tolist() == [[2, 2], [2, 2], [0, 0]]
    assert found["bias"].tolist() == [1, 2]


def test_a_worker_goes_on_without_one_that_never_comes(tmp_path: Path) -> None:
    weights = {"bias": torch.ones(2)}
    exchange = Exchange(tmp_path, worker=0, workers=2, patience=0.0)
    assert exchange.mean(1, {"bias": torch.zeros(2)}, weights)["bias"].tolist() == [1, 1]


@given(seed=st.integers(0, 1000))
def test_max_sim_is_the_mean_of_best_cosines(seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    asked = torch.nn.functional.normalize(torch.randn(2, 3, 4, generator=draw), dim=-1)
    told = torch.nn.functional.normalize(torch.randn(3, 5, 4, generator=draw), dim=-1)
    asked_real = torch.tensor([[True, True, False], [True, True, True]])
    told_real = torch.tensor(
        [[True] * 5, [True, True, False, False, False], [False, True, True, True, False]]
    )
    found = max_sim(asked, asked_real, told, told_real)
    for q in range(2):
        for p in range(3):
            best = [max(float(a @ t) for t in told[p][told_real[p]]) for a in asked[q][asked_real[q]]]
            assert float(found[q, p]) == pytest.approx(sum(best) / len(best), abs=1e-5)


def test_mixed_weights_lie_on_the_way_from_the_start() -> None:
    found = mixed({"bias": torch.tensor([0.0, 4])}, {"bias": torch.tensor([8.0, 4])}, 0.25)
    assert found["bias"].tolist() == [6, 4]


def test_batches_hold_each_line_once_and_no_more_than_asked() -> None:
    lines = [[1] * length for length in (5, 1, 3, 9, 2, 2)]
    batches = list(batches_by_length(lines, 16))
    assert sorted(at for batch in batches for at in batch) == list(range(6))
    assert all(len(b) * (max(len(lines[at]) for at in b) + 2) <= 16 for b in batches)


def test_a_batch_is_framed_and_padded() -> None:
    batch = batch_of([[7, 8], [9]])
    assert batch.pieces.tolist() == [[CLS, 7, 8, SEP], [CLS, 9, SEP, PAD]]
    assert inner_mask(batch).tolist() == [[False, True, True, False], [False, True, False, False]]


def test_ndcg_of_a_single_relevant_passage() -> None:
    scores = np.array([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1]], np.float32)
    assert ndcg_at_10(scores, [0, 1]) == pytest.approx([1.0, 1 / np.log2(3)])
    assert by_group(np.array([1.0, 0.0]), ["ru", "en"]) == {"all": 0.5, "en": 0.0, "ru": 1.0}


def test_questions_of_families_keep_their_passage() -> None:
    question = Question("be", "question", "Хто?")
    family = Family("t", (Member("a", "A", ()), Member("b", "B", (question,))))
    found = family_retrieval([family])
    assert (found.passages, found.answers, found.groups) == (["a", "b"], [1], ["be question"])


def test_the_tokenizer_keeps_accents_and_drops_stress() -> None:
    normalize = normalizer().normalize_str
    assert normalize("Ёлка, правово́е: Й, é") == "елка, правовое: й, é"
    tokenizer = assemble([*SPECIAL, "мир", "##а", "и"])
    assert tokenizer.encode("Мира и мир").tokens == ["[CLS]", "мир", "##а", "и", "мир", "[SEP]"]


def test_rare_pieces_weigh_more_and_signs_nothing() -> None:
    tokenizer = assemble([*SPECIAL, "мир", "и", "."])
    weights = piece_weights(tokenizer, ["и мир .", "и .", "и .", "и ."], power=1.0)
    by_piece = {piece: weights[number] for piece, number in tokenizer.get_vocab().items()}
    assert (by_piece["мир"], by_piece["и"], by_piece["."]) == (1.0, 0.0, 0.0)


def _data_folder(folder: Path) -> Path:
    rows = [("open.be-en", "open"), ("closed.uk-en", "unclear")]
    (folder / "parallel").mkdir()
    for name, _ in rows:
        with gzip.open(folder / "parallel" / f"{name}.tsv.gz", "wt", encoding="utf-8") as file:
            file.write("свет\tworld\n")
    lines = ["file\trows\tlicence_class\tsource\tcommit\tlicence\tquality"]
    lines += [f"parallel/{name}.tsv.gz\t1\t{kind}\ts\tc\tl\tq" for name, kind in rows]
    (folder / "SOURCES.tsv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "pairs").mkdir()
    passages = [
        {"topic": str(topic), "passage_ru": "п", "passage_en": "p", "questions": []}
        for topic in range(200)
        for _ in range(4)
    ]
    (folder / "pairs" / "t.jsonl").write_text("\n".join(map(json.dumps, passages)), encoding="utf-8")
    return folder


def test_licences_choose_the_files_and_families_stay_whole(tmp_path: Path) -> None:
    pytest.importorskip("babel")
    folder = _data_folder(tmp_path)
    text = read_training_text([folder], frozenset({"open"}), 0.15)
    assert {pair.source for pair in text.pairs} == {"open.be-en", "cldr", "pairs"}
    assert 10 <= len(text.development) <= 50
    assert len(text.development) + len(text.families) == 200
    assert not {f.name for f in text.development} & {f.name for f in text.families}
    assert all(len(family.members) == 4 for family in text.development + text.families)
    every = read_training_text([folder], frozenset({"open", "unclear"}), 0.15)
    assert [family.name for family in every.development] == [family.name for family in text.development]
    assert "closed.uk-en" in {pair.source for pair in every.pairs}
