"""A library on disk: exact text, atomic writes, several processes at once."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import CorpusError, Filters, Library, Metadata, Statement
from corpus.metadata import format_metadata, parse_metadata

SHIPPED_SHA256 = "3500c239ea132c203a4aa12a121490ec8ac30b1c833917627e8090046d792c87"


def made(statement_id: str = "one", text: str = "States agree.", **facts: object) -> Statement:
    return replace(Statement(id=statement_id, title="T", text=text, language="en"), **facts)  # type: ignore[arg-type]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def test_shipped_statement_is_the_source_byte_for_byte() -> None:
    (statement,) = Library.shipped()
    assert statement.id == "csto-information-security"
    assert statement.sha256 == SHIPPED_SHA256
    assert statement.language == "ru"
    assert statement.date is statement.url is statement.licence is None
    assert "ОДКБ" in statement.speakers


@pytest.mark.parametrize(
    "text", ["a\r\nb\rc\n", "\ufeffa", " \u00a0a \u2028", "a\u0000b", "e\u0301 🙂", "'\"\\"]
)
def test_text_comes_back_character_for_character(library: Library, text: str) -> None:
    library.add(made(text=text))
    assert library["one"].text == text
    assert Library(library.folder)["one"] == made(text=text)


@given(
    title=st.text(min_size=1).filter(lambda t: t.strip() and t.isprintable()),
    speakers=st.lists(st.sampled_from(["ОДКБ", "CIS", 'a "quoted" name', "\\"]), max_size=3),
    date=st.none() | st.dates(),
)
def test_metadata_survives_its_toml(title: str, speakers: list[str], date: dt.date | None) -> None:
    statement = made(title=title, speakers=tuple(speakers), date=date, url="https://example.org/a")
    read = parse_metadata(format_metadata(statement), "x.toml")
    assert read == Metadata(title, "en", tuple(speakers), date, "https://example.org/a", None)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("titel = 'x'", "unknown key 'titel'"),
        ("title = 3", "x.toml has title = 3"),
        ("title = ' '", "title"),
        ('title = "a\\nb"', "line break"),
        ("date = '2020-05-26'", "day without quotes"),
        ("date = 2020-05-26T10:00:00", "day without quotes"),
        ("speakers = 'ОДКБ'", "list of names"),
        ("speakers = [1]", "list of names"),
        ("url = 'javascript:alert(1)'", "no web address"),
        ("url = 'https://'", "no web address"),
        ("language = 'Russian language'", "BCP 47"),
        ("title = ", "not valid TOML"),
    ],
)
def test_bad_metadata_is_refused_in_one_sentence(toml: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message) as refusal:
        parse_metadata(toml, "x.toml")
    assert "x.toml" in str(refusal.value)


def test_adding_says_what_it_did(library: Library) -> None:
    assert library.add(made()) == "added"
    assert library.add(made()) == "already there"
    assert library.add(made("two")) == "already there"
    with pytest.raises(CorpusError, match="--replace"):
        library.add(made(text="States do not agree."))
    assert library["one"].text == "States agree."
    assert library.add(made(text="States do not agree."), replace=True) == "replaced"
    assert [s.text for s in library] == ["States do not agree."]


def test_removing_can_be_undone(library: Library) -> None:
    library.add(made())
    before = library.fingerprint
    library.remove("one")
    assert "one" not in library
    assert len(library) == 0
    assert library.fingerprint != before
    with pytest.raises(KeyError):
        library.remove("one")
    library.restore("one")
    assert library.fingerprint == before
    with pytest.raises(CorpusError, match="remove it before"):
        library.restore("one")


def test_a_replaced_text_can_be_brought_back(library: Library) -> None:
    library.add(made())
    library.add(made(text="Other."), replace=True)
    library.remove("one")
    library.restore("one")
    assert library["one"].text == "Other."


def test_shipped_library_is_read_only() -> None:
    with pytest.raises(CorpusError, match="read-only"):
        Library.shipped().add(made())


def test_first_opening_seeds_and_later_ones_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATEMENT_QA_LIBRARY", str(tmp_path / "a" / "b"))
    opened = Library.open()
    assert opened.folder == tmp_path / "a" / "b"
    assert [s.id for s in opened] == ["csto-information-security"]
    opened.remove("csto-information-security")
    assert len(Library.open()) == 0
    (tmp_path / "empty").mkdir()
    assert len(Library.open(tmp_path / "empty")) == 1
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_a_file_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CorpusError, match="not a folder"):
        Library.open(tmp_path / "file")


def test_half_a_pair_is_not_there(library: Library) -> None:
    library.add(made())
    (library.folder / "half.txt").write_text("A text whose metadata was never written.")
    (library.folder / ".one.toml123.tmp").write_text("left by a crash")
    assert [s.id for s in library] == ["one"]


def test_damage_names_the_file(library: Library) -> None:
    library.add(made())
    (library.folder / "one.toml").write_text('title = "T"')
    with pytest.raises(CorpusError, match=r"one\.toml lacks language"):
        library["one"]
    (library.folder / "one.toml").write_text('title = "T"\nlanguage = "en"')
    (library.folder / "one.txt").write_bytes(b"\xff")
    with pytest.raises(CorpusError, match="cannot read statement 'one'"):
        list(library)


def test_changes_by_another_are_seen(library: Library) -> None:
    library.add(made())
    before = library.fingerprint
    (library.folder / "one.txt").write_text("States disagree.")
    assert library["one"].text == "States disagree."
    assert library.fingerprint != before


def test_an_unchanged_file_is_read_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        library.add(made(f"s{number}", text=f"Text {number}."))
    list(library)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
    assert len(list(library)) == 50
    assert "s7" in library


def test_select(library: Library) -> None:
    library.add(made("a", "A.", speakers=("ОДКБ", "Россия"), date=dt.date(2020, 5, 26)))
    library.add(made("b", "B.", speakers=("СНГ",), date=dt.date(2021, 1, 1)))
    library.add(made("c", "C."))

    def ids(**filters: object) -> list[str]:
        return [s.id for s in library.select(Filters(**filters))]  # type: ignore[arg-type]

    assert ids() == ["a", "b", "c"]
    assert ids(statements=("c", "a")) == ["a", "c"]
    assert ids(speakers=("росси",)) == ["a"]
    assert ids(speakers=("росси", "СНГ")) == ["a", "b"]
    assert ids(since=dt.date(2020, 5, 26)) == ["a", "b"]
    assert ids(until=dt.date(2020, 12, 31)) == ["a"]
    with pytest.raises(CorpusError, match=r"no statement 'd' among the 3 in the library\Z"):
        ids(statements=("d",))
    with pytest.raises(CorpusError, match=r"no speaker 'СНТ' among the 3 in the library; near it: СНГ\Z"):
        ids(speakers=("СНТ",))


def _add_many(folder: Path, first: int) -> None:
    library = Library(folder)
    for number in range(first, first + 10):
        library.add(made(f"s{number}", text=f"Text {number}."))
    library.add(made("shared", text=f"By {first}."), replace=True)


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_add_many, args=(tmp_path, first)) for first in (0, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    library = Library(tmp_path)
    assert {s.id: s.text for s in library if s.id != "shared"} == {f"s{n}": f"Text {n}." for n in range(15)}
    assert library["shared"].text in {"By 0.", "By 5."}


def test_a_mistyped_id_is_answered_with_five_near_ones(library: Library) -> None:
    for number in range(9):
        library.add(made(f"statement-{number}", f"Text {number}."))
    with pytest.raises(CorpusError, match="among the 9 in the library; near it: ") as refusal:
        library.select(Filters(statements=("statemnt-1",)))
    near = str(refusal.value).rpartition(": ")[2].split(", ")
    assert len(near) == 5
    assert near[0] == "statement-1"


NAMES = st.text(st.sampled_from("aб \t\n\"\\'\u202e\u2066\ud800🙂"), max_size=4)


@given(
    statement=st.builds(
        Statement,
        id=st.sampled_from(["one", "two"]),
        title=NAMES,
        text=st.text(st.sampled_from("ab \r\n\ufeff\0🙂"), max_size=5).map(lambda text: text + "x"),
        language=st.sampled_from(["ru", "pt-BR", "", "Russian language"]),
        speakers=st.lists(NAMES, max_size=2).map(tuple),
        date=st.none() | st.dates(),
        url=st.none() | st.just("https://example.org/a") | NAMES,
        licence=st.none() | NAMES,
    )
)
@settings(deadline=None, max_examples=60)
def test_whatever_is_accepted_reads_back_equal(statement: Statement) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            Library(Path(folder)).add(statement)
        except CorpusError:
            assert not list(Path(folder).iterdir())
        else:
            assert Library(Path(folder))[statement.id] == statement


def test_an_id_that_is_a_path_is_no_id(library: Library) -> None:
    library.add(made("new"))
    for act in (library.restore, library.remove, library.__getitem__):
        with pytest.raises(KeyError):
            act("../new")
    assert library["new"] == made("new")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_files_have_the_mode_the_umask_leaves(library: Library) -> None:
    before = os.umask(0o027)
    try:
        library.add(made())
    finally:
        os.umask(before)
    assert {(library.folder / f"one{end}").stat().st_mode & 0o777 for end in (".txt", ".toml")} == {0o640}


def test_a_write_that_fails_leaves_nothing_and_names_the_folder(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(made())

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CorpusError, match=f"{library.folder}: No space left"):
        library.add(made(text="Other."), replace=True)
    assert not [file for file in library.folder.rglob("*") if file.suffix == ".tmp"]
    assert library["one"] == made()


def test_a_lock_that_is_never_given_up_is_refused(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    library.add(made())
    monkeypatch.setattr("corpus.library._PATIENCE", 0.1)
    with FileLock(library.folder / ".lock"), pytest.raises(CorpusError, match="another program") as refusal:
        library.remove("one")
    assert str(library.folder) in str(refusal.value)


def test_a_reader_sees_a_statement_all_through_its_replacement(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = made(), made(text="Other.", date=dt.date(2020, 5, 26))
    library.add(old)
    seen = []
    rename = Path.replace

    def watched(file: Path, target: Path) -> Path:
        done = rename(file, target)
        seen.append(Library(library.folder)["one"])
        return done

    monkeypatch.setattr(Path, "replace", watched)
    assert library.add(new, replace=True) == "replaced"
    assert seen == [old, old, replace(old, text="Other."), new]
    removed = library.folder / ".removed" / "one.txt"
    assert removed.read_text() == old.text


def test_the_same_text_is_never_added_twice(library: Library) -> None:
    library.add(made())
    library.add(made("two", "Other."))
    assert library.add(made("three"), replace=True) == "already there"
    assert library.add(made("two"), replace=True) == "already there"
    assert library.id_of(made("three")) == "one"
    assert library.id_of(made("one", "Nowhere.")) is None
    assert [s.text for s in library] == ["States agree.", "Other."]


def test_new_metadata_is_not_dropped_in_silence(library: Library) -> None:
    library.add(made())
    dated = made(date=dt.date(2020, 5, 26))
    with pytest.raises(CorpusError, match=r"same text and other metadata.*--replace"):
        library.add(dated)
    assert library.add(dated, replace=True) == "replaced"
    assert library.add(made()) == "already there"
    assert library["one"] == dated


def test_a_folder_of_files_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("States agree.")
    with pytest.raises(CorpusError, match=r"holds files such as a\.txt .*statement-qa add"):
        Library.open(tmp_path)
    library = Library(tmp_path)
    library.add(made())
    library.remove("one")
    assert len(Library.open(tmp_path)) == 0


def test_seeding_fills_a_folder_that_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(source: Path, target: Path) -> Path:
        raise OSError(16, "Device or resource busy", str(target))

    monkeypatch.setattr(Path, "rename", busy)
    assert len(Library.open(tmp_path)) == 1


def test_a_seeding_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    shutil.copy(next(Library.shipped().folder.glob("*.txt")), tmp_path)
    (tmp_path / ".left.tmp").touch()
    assert len(Library.open(tmp_path)) == 1
