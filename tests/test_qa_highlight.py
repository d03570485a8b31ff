"""The sentences that answer are marked, and nothing else."""

from __future__ import annotations

from index import Encoder
from qa.highlight import highlight

TEXT = "Стороны против санкций. Стороны создают центр мониторинга в г. Минске. Они благодарят хозяев."


def test_the_sentence_that_answers_is_marked(encoder: Encoder) -> None:
    question = encoder.encode_query("где центр мониторинга?")
    (spans,) = highlight(question, [(TEXT, "ru")], encoder)
    assert [TEXT[start:stop] for start, stop in spans] == ["Стороны создают центр мониторинга в г. Минске."]


def test_a_single_sentence_is_marked_whole_and_costs_nothing(encoder: Encoder) -> None:
    question = encoder.encode_query("что угодно")
    assert highlight(question, [("Одна фраза.", "ru"), ("Ещё одна", "ru")], encoder) == [
        ((0, 11),),
        ((0, 8),),
    ]
    assert highlight(question, [], encoder) == []
