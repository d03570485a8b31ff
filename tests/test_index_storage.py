"""Generations on disk: whole or not at all, verified, and clear about what is wrong."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from index import storage
from index.storage import NoIndexError, StorageError, read, write


def put(folder: Path, number: int) -> Path:
    return write(folder, {"numbers": np.arange(number)}, {"note.txt": b"x" * number}, {"number": number})


def current(folder: Path) -> Path:
    return folder / (folder / "CURRENT").read_text().strip()


def test_what_was_written_is_read(tmp_path):
    put(tmp_path, 5)
    found = read(tmp_path)
    assert found.facts == {"number": 5}
    assert found.array("numbers").tolist() == [0, 1, 2, 3, 4]
    assert found.data("note.txt") == b"xxxxx"


def test_arrays_stay_on_disk_and_cannot_be_changed(tmp_path):
    put(tmp_path, 5)
    array = read(tmp_path).array("numbers")
    assert isinstance(array, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_the_name_is_the_content(tmp_path):
    assert put(tmp_path / "one", 5).name == put(tmp_path / "two", 5).name
    assert put(tmp_path / "one", 6).name != put(tmp_path / "two", 5).name


def test_the_last_two_generations_stay(tmp_path):
    names = [put(tmp_path, number).name for number in (1, 2, 3)]
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == set(names[1:])


def test_a_reader_keeps_its_generation_while_others_write(tmp_path):
    put(tmp_path, 5)
    array = read(tmp_path).array("numbers")
    for number in (1, 2, 3):
        put(tmp_path, number)
    assert array.tolist() == [0, 1, 2, 3, 4]


def test_nothing_there(tmp_path):
    with pytest.raises(NoIndexError, match=r"there is no index in .*missing"):
        read(tmp_path / "missing")
    with pytest.raises(FileNotFoundError):
        read(tmp_path)


CRASHES = {"flush": (storage, "_flush"), "rename": (Path, "rename"), "replace": (Path, "replace")}


@pytest.mark.parametrize("place", CRASHES)
def test_a_crash_leaves_the_old_generation_in_force(tmp_path, monkeypatch, place):
    def crash(*_):
        raise KeyboardInterrupt

    put(tmp_path, 1)
    monkeypatch.setattr(*CRASHES[place], crash)
    with pytest.raises(KeyboardInterrupt):
        put(tmp_path, 2)
    monkeypatch.undo()
    assert read(tmp_path).facts == {"number": 1}
    put(tmp_path, 3)
    assert read(tmp_path).facts == {"number": 3}
    assert not (tmp_path / "staging").exists()


@pytest.mark.parametrize("name", ["note.txt", "numbers.npy"])
def test_one_changed_byte_is_noticed(tmp_path, name):
    path = put(tmp_path, 5) / name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(StorageError, match=rf"damaged \({name} is not what was written\): delete the folder"):
        read(tmp_path)


def test_a_missing_file_is_noticed(tmp_path):
    (put(tmp_path, 5) / "note.txt").unlink()
    with pytest.raises(StorageError, match=r"note.txt is missing"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 1, "facts": {}, "files": {}}', "was changed"),
    ],
)
def test_a_changed_manifest_is_noticed(tmp_path, manifest, message):
    (put(tmp_path, 5) / "manifest.json").write_text(manifest)
    with pytest.raises(StorageError, match=message):
        read(tmp_path)


@pytest.mark.parametrize("pointer", [b"", b"../../etc", b"\xff\xfe", b"0123456789abcdef"])
def test_a_damaged_pointer_is_noticed_and_can_be_written_over(tmp_path, pointer):
    put(tmp_path, 5)
    (tmp_path / "CURRENT").write_bytes(pointer)
    with pytest.raises(StorageError, match="damaged"):
        read(tmp_path)
    put(tmp_path, 6)
    assert read(tmp_path).facts == {"number": 6}


def test_a_damaged_generation_can_be_written_over(tmp_path):
    (put(tmp_path, 5) / "note.txt").write_bytes(b"")
    put(tmp_path, 5)
    assert read(tmp_path).data("note.txt") == b"xxxxx"


@pytest.mark.parametrize(
    ("written", "remedy"), [(storage.FORMAT + 1, "upgrade"), (0, "build the index again")]
)
def test_another_format_is_refused(tmp_path, written, remedy):
    path = put(tmp_path, 5) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": written}))
    with pytest.raises(
        StorageError, match=rf"format {written}, this program reads {storage.FORMAT}: .*{remedy}"
    ):
        read(tmp_path)


def test_writers_take_turns(tmp_path):
    threads = [threading.Thread(target=put, args=(tmp_path, number)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(tmp_path).facts["number"] in range(1, 9)


def test_a_writer_that_waits_too_long_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_LOCK_SECONDS", 0.1)
    with FileLock(tmp_path / ".lock"), pytest.raises(StorageError, match="another process has been writing"):
        put(tmp_path, 5)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="cannot write the index"):
        put(tmp_path / "new", 5)


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot write the index"):
        put(tmp_path / "file", 5)
