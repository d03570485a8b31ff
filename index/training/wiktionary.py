"""`python -m index.training.wiktionary CLONE --out DATA_DIR`: dictionaries with inflected forms.

CLONE is a git clone of github.com/Vuizur/Wiktionary-Dictionaries (CC BY-SA 3.0, as Wiktionary). Every form of
a word becomes a line "form, English meanings": small languages learn more words so than from their sentences.
"""

import argparse
import gzip
import html
import io
import re
import struct
import subprocess
import tarfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

NAMES = {
    "be": "Belarusian",
    "kk": "Kazakh",
    "ky": "Kyrgyz",
    "tg": "Tajik",
    "uk": "Ukrainian",
    "hy": "Armenian",
    "tr": "Turkish",
    "ar": "Arabic",
}
SCRIPTS = {"hy": "ARMENIAN", "tr": "LATIN", "ar": "ARABIC"}
MOST_FORMS = 10
MOST_MEANINGS = 3
LONGEST_MEANING = 60
_REFERENCE = re.compile(r"<li>(Initialism|Acronym|Abbreviation|inflection|plural) of")
_COLUMNS = ("file", "rows", "licence_class", "source", "commit", "licence", "quality")


def main() -> None:
    """Write `dictionaries/wiktionary-forms.XX-en.tsv.gz` and a SOURCES.tsv."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("clone", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    (given.out / "dictionaries").mkdir(parents=True, exist_ok=True)
    commit = _git(given.clone, "rev-parse", "HEAD").decode().strip()[:12]
    rows = ["\t".join(_COLUMNS)]
    for language, name in NAMES.items():
        lines = sorted(set(_lines(_entries(given.clone, name), SCRIPTS.get(language, "CYRILLIC"))))
        file = f"dictionaries/wiktionary-forms.{language}-en.tsv.gz"
        with gzip.open(given.out / file, "wt", encoding="utf-8") as out:
            out.writelines(f"{form}\t{meaning}\n" for form, meaning in lines)
        rows.append(
            f"{file}\t{len(lines)}\topen\tVuizur/Wiktionary-Dictionaries {name}\t{commit}\tCC BY-SA 3.0"
            "\tinflected forms with meanings"
        )
    (given.out / "SOURCES.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _entries(clone: Path, name: str) -> Iterator[tuple[list[str], str]]:
    """Forms and HTML of each entry, from StarDict's files: the tab files are not all there."""
    archive = _git(clone, "show", f"HEAD:{name}-English Wiktionary dictionary stardict.tar.gz")
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar.getmembers():
            extracted = tar.extractfile(member)
            if extracted is not None:
                files[member.name.rsplit(".dict", 1)[-1] if ".dict" in member.name else member.name[-3:]] = (
                    extracted.read()
                )
    text = gzip.decompress(next(data for data in files.values() if data[:2] == b"\x1f\x8b"))
    entries: list[tuple[list[str], str]] = []
    for word, numbers in _records(files["idx"], ">II"):
        entries.append(([word], text[numbers[0] : numbers[0] + numbers[1]].decode("utf-8", "replace")))
    for word, numbers in _records(files.get("syn", b""), ">I"):
        entries[numbers[0]][0].append(word)
    yield from entries


def _records(data: bytes, layout: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """StarDict's records: a word, a zero byte, numbers."""
    size, at = struct.calcsize(layout), 0
    while at < len(data):
        end = data.index(b"\0", at)
        yield data[at:end].decode("utf-8", "replace"), struct.unpack(layout, data[end + 1 : end + 1 + size])
        at = end + 1 + size


def _lines(entries: Iterator[tuple[list[str], str]], script: str) -> Iterator[tuple[str, str]]:
    for forms, text in entries:
        if "<i>character</i>" in text or _REFERENCE.search(text):
            continue
        meanings = [_plain(item) for item in re.findall(r"<li>(.*?)</li>", text, re.DOTALL)]
        short = [meaning for meaning in meanings if 1 < len(meaning) <= LONGEST_MEANING][:MOST_MEANINGS]
        words = {_form(form): None for form in forms}
        ours = [word for word in words if len(word) > 1 and _is_written_in(word, script)]
        if short:
            yield from ((word, "; ".join(short)) for word in ours[:MOST_FORMS])


def _plain(item: str) -> str:
    text = re.sub(r"\([^)]*\)", " ", html.unescape(re.sub(r"<[^>]*>", " ", item)))
    return " ".join(text.split()).strip(" .;,:")


def _form(word: str) -> str:
    return unicodedata.normalize("NFC", word).replace("\u0301", "").replace("\u0300", "").strip()


def _is_written_in(word: str, script: str) -> bool:
    return all(script in unicodedata.name(c, "") for c in word if c.isalpha()) and " " not in word


def _git(clone: Path, *command: str) -> bytes:
    return subprocess.run(["git", "-C", str(clone), *command], capture_output=True, check=True).stdout


if __name__ == "__main__":
    main()
