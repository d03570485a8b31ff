"""From a word of the question to words of another language."""

from __future__ import annotations

import numpy as np
import pytest

from index.encoder import ModelError
from index.stems import STEMS_VERSION
from index.translation import Sounds, Table, counterparts, table


def made(rows: dict[str, dict[str, float]]) -> Table:
    columns = sorted({word for row in rows.values() for word in row})
    entries = [(columns.index(word), p) for asked in sorted(rows) for word, p in rows[asked].items()]
    return Table(
        np.array(sorted(rows)),
        np.array(columns),
        np.cumsum([0, *(len(rows[asked]) for asked in sorted(rows))]).astype(np.int32),
        np.array([column for column, _ in entries], np.int32),
        np.array([p for _, p in entries], np.float16),
    )


def found(term: str, rows: dict[str, dict[str, float]] | None, *vocabulary: str) -> dict[str, float]:
    columns = {word: place for place, word in enumerate(vocabulary)}
    return counterparts(term, made(rows) if rows else None, columns, Sounds(columns))


def test_a_table_gives_its_row_and_nothing_for_what_it_does_not_know():
    learned = made({"peac": {"мир": 0.75, "покой": 0.25}, "war": {"войн": 1.0}})
    assert learned["peac"] == {"мир": 0.75, "покой": 0.25}
    assert learned["peace"] == learned["zzz"] == learned[""] == {}


def test_only_words_that_occur():
    assert found("peac", {"peac": {"мир": 0.75, "покой": 0.25}}, "мир", "войн") == {"мир": 0.75}


def test_the_same_word_in_its_own_script_is_certain():
    assert found("bric", {"bric": {"брикс": 0.5}}, "bric", "брикс") == {"bric": 1.0, "брикс": 0.5}


def test_a_table_overrules_a_false_friend_of_the_same_script():
    assert found("луна", {"луна": {"эхо": 1.0}}, "луна", "эхо") == {"эхо": 1.0}


@pytest.mark.parametrize(
    ("asked", "written"),
    [("lukashenko", "лукашенк"), ("zelenski", "зеленск"), ("yerevan", "ереван"), ("tokayev", "токаев"),
     ("лукашенко", "лукашенк"), ("երևան", "ереван"), ("wittenberg", "виттенберг"), ("shanghai", "шанхай")],
)  # fmt: skip
def test_names_meet_by_sound(asked, written):
    assert found(asked, None, written, "конвенц", "терроризм") == {written: pytest.approx(1, abs=0.2)}


@pytest.mark.parametrize("asked", ["iran", "war", "economi"])
def test_short_or_different_words_do_not(asked):
    assert found(asked, None, "рано", "вера", "комната") == {}


def test_sound_is_not_asked_where_the_table_knows_the_word():
    assert found("normal", {"normal": {"обычн": 1.0}}, "нормал") == {}


def test_no_table(tmp_path):
    assert table("xx", "ru", tmp_path) is None


def test_a_table_of_other_stems_is_refused(tmp_path):
    np.savez(tmp_path / "en-ru.npz", stems_version=STEMS_VERSION + 1)
    with pytest.raises(ModelError, match=r"en-ru.npz was learned on stems of version"):
        table("en", "ru", tmp_path)
