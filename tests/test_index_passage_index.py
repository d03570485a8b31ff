"""The facade: build, update, search, save, load."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import index
from corpus.statement import Passage
from index import texts
from index.encoder import Encoded
from index.fusion import Weights
from index.passage_index import Channel, PassageIndex
from index.storage import NoIndexError, StorageError

GOLDEN = Path(__file__).parent / "data" / "index-format-1"
CHANNELS: list[Channel] = ["fused", "dense", "terms", "late"]
TEXTS = {
    "convention": [
        "Государства поддерживают конвенцию ООН",
        "Они призывают к сотрудничеству",
        "Подписи сторон",
    ],
    "terrorism": ["Министры осуждают терроризм", "Они призывают к сотрудничеству", "Подписи сторон"],
    "climate": ["Об изменении климата", "Парижское соглашение остается в силе"],
}


def passages(statements: dict[str, list[str]]) -> list[Passage]:
    found = []
    for statement, paragraphs in statements.items():
        start = 0
        for number, text in enumerate(paragraphs):
            found.append(Passage(statement, number, start, start + len(text), text, "ru"))
            start += len(text) + 1
    return found


@pytest.fixture
def built(encoder) -> PassageIndex:
    return PassageIndex.build(passages(TEXTS), encoder)


@pytest.fixture
def large(encoder) -> PassageIndex:
    """More texts than are scored whole."""
    subjects = ["граница", "торговля", "здоровье", "космос", "культура", "энергия", "образование"]
    many = [f"{subjects[i % 7]} и вопрос номер {i}" for i in range(1200)]
    return PassageIndex.build(passages({"many": many, "few": many[:3]}), encoder)


def found(hits) -> list[tuple[str, int]]:
    return [(hit.passage.statement_id, hit.passage.number) for hit in hits]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_finds_the_passage(built, channel):
    hits = built.search("Кто осуждает терроризм?", language="ru", channel=channel)
    assert found(hits)[0] == ("terrorism", 0)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert channel == "fused" or scores == [getattr(hit, channel) for hit in hits]


def test_a_hit_says_what_it_met(built):
    (hit,) = built.search("осуждение терроризма", 1, language="ru")
    question = "осуждение терроризма"
    met = {question[slice(*m.question)]: hit.passage.text[slice(*m.passage[0])] for m in hit.matches}
    assert met["терроризма"] == "терроризм"
    assert 0 < hit.coverage <= 1
    assert hit.terms > 0
    assert -1 <= hit.dense <= 1
    assert -1 <= hit.late <= 1


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_update_equals_build(encoder, data):
    """Whatever was in the index before, after an update it answers as if built from these passages alone."""
    pool = passages(
        {"a": [f"{word} {other}" for word in ("мир", "союз", "газ") for other in ("вчера", "ныне")]}
    )
    before = data.draw(st.lists(st.sampled_from(pool), unique=True))
    after = data.draw(st.lists(st.sampled_from(pool), unique=True, min_size=1))
    updated = PassageIndex.build(before, encoder).update(after)
    anew = PassageIndex.build(after, encoder)
    assert updated.fingerprint == anew.fingerprint
    for question in ("мир ныне", "газ"):
        ours, other = (
            {hit.passage: hit.score for hit in i.search(question, 9, language="ru")} for i in (updated, anew)
        )
        assert ours == pytest.approx(other, abs=1e-4)


def test_nothing_is_encoded_twice(encoder, built):
    assert sorted(encoder.encoded) == sorted({text for paragraphs in TEXTS.values() for text in paragraphs})
    encoder.encoded.clear()
    built.update(passages(TEXTS | {"new": ["Подписи сторон", "Новый абзац"]}))
    assert encoder.encoded == ["Новый абзац"]


def test_equal_texts_of_two_languages_are_two(encoder):
    russian, ukrainian = Passage("a", 1, 0, 4, "Союз", "ru"), Passage("b", 1, 0, 4, "Союз", "uk")
    built = PassageIndex.build([russian, ukrainian], encoder)
    assert len(built.search("союз", language="ru")) == 2


def test_progress_counts_the_texts(encoder):
    seen = []
    PassageIndex.build(passages(TEXTS), encoder, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 6) for done in range(1, 7)]


def test_repeated_paragraphs_come_back_in_their_order(built):
    assert found(built.search("подписи сторон", 2, language="ru")) == [("convention", 2), ("terrorism", 2)]
    assert found(built.search("подписи сторон", 1, language="ru")) == [("convention", 2)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_filters_come_before_the_best_k(built, channel):
    hits = built.search("осуждают терроризм", 1, language="ru", statements={"climate"}, channel=channel)
    assert found(hits)[0][0] == "climate"
    repeated = built.search("подписи сторон", 1, language="ru", statements={"terrorism"}, channel=channel)
    assert found(repeated) == [("terrorism", 2)]


@pytest.mark.parametrize("statements", [(), ("unknown",)])
def test_a_filter_nothing_passes(built, statements):
    assert built.search("терроризм", language="ru", statements=statements) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_large_collection_is_searched_by_candidates(large, channel):
    assert len(large.candidates("энергия, номер 40", language="ru").rows) <= 2 * texts.CANDIDATES
    assert ("many", 40) in found(large.search("энергия, номер 40", 3, language="ru", channel=channel))


def test_a_large_collection_with_a_filter(large):
    hits = large.search("энергия, номер 1040", 5, language="ru", statements=["few"])
    assert len(hits) == 3
    assert {hit.passage.statement_id for hit in hits} == {"few"}


def test_as_many_as_asked_for(large):
    assert len(large.search("энергия", 1203, language="ru")) == 1203
    assert len(large.search("энергия", 5000, language="ru")) == 1203


@pytest.mark.parametrize("question", ["", "?", "и в на", "x" * 5000])
def test_a_question_without_known_words_still_gets_an_order(built, question):
    assert len(built.search(question, 3, language="und")) == 3


def test_an_empty_index(encoder):
    empty = PassageIndex.build([], encoder)
    assert len(empty) == 0
    assert empty.search("терроризм", language="ru") == []


@pytest.mark.parametrize("k", [0, -1])
def test_k_must_be_positive(built, k):
    with pytest.raises(ValueError, match="at least 1"):
        built.search("терроризм", k, language="ru")


def test_weights_decide(encoder):
    built = PassageIndex.build(passages(TEXTS), encoder, weights=Weights(dense=0, terms=1, late=0))
    fused = built.search("призывают подписи", 8, language="ru")
    terms = built.search("призывают подписи", 8, language="ru", channel="terms")
    assert found(fused) == found(terms)


def test_an_encoder_without_token_vectors(encoder, monkeypatch):
    def pooled(text: str) -> Encoded:
        nothing = np.zeros((0, 0), np.float32), np.zeros((0, 2), np.int32), np.zeros(0, np.float32)
        return Encoded(type(encoder)._encode(encoder, text).vector, *nothing)

    monkeypatch.setattr(encoder, "_encode", pooled)
    monkeypatch.setattr(encoder, "token_dimensions", 0)
    hits = PassageIndex.build(passages(TEXTS), encoder).search("осуждение терроризма", 8, language="ru")
    assert found(hits)[0] == ("terrorism", 0)
    assert {hit.late for hit in hits} == {0.0}


@pytest.mark.parametrize("channel", CHANNELS)
def test_loaded_answers_as_saved(built, encoder, tmp_path, channel):
    built.save(tmp_path)
    encoder.encoded.clear()
    loaded = PassageIndex.load(tmp_path, encoder)
    assert encoder.encoded == []
    assert loaded.passages == built.passages
    assert loaded.fingerprint == built.fingerprint
    for question in ("терроризм", "Парижское соглашение", "подписи"):
        ours, other = (i.search(question, language="ru", channel=channel) for i in (loaded, built))
        assert ours == other


def test_a_loaded_index_can_be_updated_and_saved_over_itself(built, encoder, tmp_path):
    built.save(tmp_path)
    more = passages(TEXTS | {"new": ["О космосе"]})
    PassageIndex.load(tmp_path, encoder).update(more).save(tmp_path)
    again = PassageIndex.load(tmp_path, encoder)
    assert again.passages == tuple(more)
    assert found(again.search("космос", 1, language="ru")) == [("new", 0)]


def test_no_index(encoder, tmp_path):
    with pytest.raises(NoIndexError):
        PassageIndex.load(tmp_path, encoder)


def test_another_model_is_refused(built, tmp_path):
    built.save(tmp_path)
    other = type(built.encoder)()
    other.name, other.fingerprint = "other", "hash-2"
    message = r"built with model hash \(256 dimensions, hash-1\), asked to search with other"
    with pytest.raises(StorageError, match=message):
        PassageIndex.load(tmp_path, other)


def test_other_stems_are_refused(built, encoder, tmp_path, monkeypatch):
    built.save(tmp_path)
    monkeypatch.setattr("index.passage_index.STEMS_VERSION", 99)
    with pytest.raises(StorageError, match="this program makes version 99"):
        PassageIndex.load(tmp_path, encoder)


def test_an_index_of_format_1_is_still_read(encoder, tmp_path):
    """Made once by `PassageIndex.build(passages(TEXTS), encoder).save(GOLDEN)`; never made again."""
    shutil.copytree(GOLDEN, tmp_path / "golden")
    golden = PassageIndex.load(tmp_path / "golden", encoder)
    anew = PassageIndex.build(passages(TEXTS), encoder)
    assert golden.fingerprint == anew.fingerprint
    for question in ("терроризм", "Парижское соглашение", "подписи"):
        ours, other = (i.search(question, language="ru") for i in (golden, anew))
        assert found(ours) == found(other)
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in other], abs=1e-5)


def test_the_fingerprint_tells_passages_apart(built, encoder):
    moved = [dataclasses.replace(built.passages[0], number=7), *built.passages[1:]]
    assert PassageIndex.build(moved, encoder).fingerprint != built.fingerprint


def test_what_the_package_offers():
    offered = ["Encoder", "Hit", "Match", "ModelError", "PassageIndex", "SentenceEncoder", "StorageError"]
    assert index.__all__ == offered
