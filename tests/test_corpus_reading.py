"""Files to statements: what goes in, in every format, and what each refusal says."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from pathlib import Path

import pytest

from corpus import CorpusError, Metadata, Statement, read_statement, read_statements, read_text, split
from corpus.reading import make_id

FILES = Path(__file__).parent / "data" / "files"
BODY = "Государства выражают обеспокоенность и призывают к миру."
PAGE = """\
<!doctype html><html lang="ru-RU"><head><title>Site | Statement</title>
<meta property="og:title" content="Совместное  заявление"><meta property="article:published_time"
content="2020-05-26T10:00:00+03:00"><link rel="canonical" href="https://example.org/s/1"><style>p{}</style></head>
<body><header><p>Сайт</p></header><nav>Меню</nav><article><h1>Совместное заявление</h1>
<p>Государства&nbsp;– члены
   <b>выражают</b> обеспокоенность.<script>alert(1)</script></p><p hidden>Скрыто</p>
<p>Они призывают:<ul><li>к миру;</li><li>к безопасности.</li></ul>
<table><tr><td>Год</td><td>2020</td></tr><tr><td>Место</td><td>Москва</td></tr></table>
<p>Строка<br>вторая</p></article><footer>Подвал</footer></body></html>"""


def docx(title: str = "", *paragraphs: str) -> bytes:
    from docx import Document

    document = Document()
    document.core_properties.title = title
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Год", "2020"
    document.add_paragraph("Конец.")
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def pdf(*, password: str | None = None) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    if password is None:
        writer.add_blank_page(100, 100)
    else:
        writer.append(PdfReader(FILES / "statement.pdf"))
        writer.encrypt(password, algorithm="RC4-128")
    packed = io.BytesIO()
    writer.write(packed)
    return packed.getvalue()


def test_plain_text_is_kept_to_the_character(statement: Statement, tmp_path: Path) -> None:
    (tmp_path / "Заявление МИД.txt").write_bytes(statement.text.encode())
    read = read_statement(tmp_path / "Заявление МИД.txt")
    assert read.text == statement.text
    assert read.id == "zayavlenie-mid"
    assert read.language == "ru"
    assert read.title.startswith("ЗАЯВЛЕНИЕ министров иностранных дел")
    assert read.title.endswith("преступных целях")
    assert read.date is read.url is read.licence is None
    assert read.speakers == ()


@pytest.mark.parametrize("text", ["a\r\n b \r\n", "\u00a0x\u00a0 \n\n", "Tab\tend "])
def test_white_space_of_plain_text_survives(text: str) -> None:
    assert read_text("x.txt", text.encode()).text == text


def test_html_gives_the_article_as_a_browser_shows_it() -> None:
    read = read_text("page.html", PAGE.encode())
    assert read.text == (
        "Совместное заявление\n\nГосударства\u00a0– члены выражают обеспокоенность.\n\nОни призывают:\n\n"
        "к миру;\nк безопасности.\n\nГод\t2020\nМесто\tМосква\n\nСтрока\nвторая"
    )
    assert (read.title, read.language, read.date, read.url) == (
        "Совместное заявление", "ru-RU", dt.date(2020, 5, 26), "https://example.org/s/1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (f"<form><header><p>Сайт</p></header><div style='DISPLAY : none'>x</div><p>{BODY}</p></form>", BODY),
        (f"<header><h1>Заявление</h1></header><p>{BODY}</p>", f"Заявление\n\n{BODY}"),
        (f"<article>one</article><article>two</article><main><p>{BODY}</p></main>", BODY),
        ("<div>" * 5000 + BODY + "</div>" * 5000, BODY),
        ("<pre>a\n  b</pre><p>c", "a\n  b\n\nc"),
        ("a<br><br>b<!-- c --> d", "a\n\nb d"),
    ],
    ids=["a form around all", "a header with the heading", "main among articles", "deep", "pre", "breaks"],
)
def test_html_of_many_shapes(page: str, text: str) -> None:
    assert read_text("a.html", f"<html><body>{page}</body></html>".encode()).text == text


def test_html_in_a_declared_encoding() -> None:
    page = f"<meta charset='koi8-r'><p>{BODY}</p>".encode("koi8-r")
    assert read_text("page.htm", page).text == BODY


def test_a_stated_language_that_the_text_is_not_in_is_not_believed() -> None:
    assert read_text("a.html", f"<html lang='en'><p>{BODY}".encode()).language == "ru"


@pytest.mark.parametrize(
    "meta", ['<meta property="og:url" content="javascript:x">', '<meta name="date" content="soon">']
)
def test_nonsense_a_page_says_of_itself_is_passed_over(meta: str) -> None:
    read = read_text("a.html", f"<html lang='%%'>{meta}<p>{BODY}".encode())
    assert read.url is read.date is None


def test_markdown_is_quoted_as_it_is_shown() -> None:
    head = "---\ntitle: x\n---\n# Заявление\n\n"
    source = f"{head}**Министры** [сказали](https://example.org): {BODY}\n\n1. раз\n2. два\n"
    read = read_text("a.md", source.encode())
    assert read.text == f"Заявление\n\nМинистры сказали: {BODY}\n\nраз\nдва"
    assert read.title == "Заявление"


def test_word_gives_paragraphs_and_tables() -> None:
    read = read_text("a.docx", docx("Title of properties", "ЗАЯВЛЕНИЕ", "", BODY))
    assert read.text == f"ЗАЯВЛЕНИЕ\n\n{BODY}\n\nГод\t2020\n\nКонец."
    assert read.title == "Title of properties"


def test_pdf_paragraphs_go_on_over_the_page_break() -> None:
    read = read_statement(FILES / "statement.pdf")
    passages = [(p.number, " ".join(p.text.split())) for p in split(read)]
    assert passages[0] == (0, "ЗАЯВЛЕНИЕ министров иностранных дел")
    assert passages[1][1].endswith("а также к выработке под эгидой ООН")
    assert passages[2:] == [
        (1, "- 1 -"),
        (1, "конвенции о противодействии преступлениям в этой сфере."),
        (2, "Они договорились встретиться вновь."),
        (2, "- 2 -"),
    ]


def test_a_pdf_that_only_limits_printing_is_read() -> None:
    assert read_text("a.pdf", pdf(password="")).text == read_statement(FILES / "statement.pdf").text


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 6_000_000)
    return packed.getvalue()


REFUSED = {
    "empty": ("a.txt", b"", "a.txt is empty"),
    "blank": ("a.txt", b" \n\n", "a.txt is empty"),
    "blank page": ("a.html", b"<nav>menu</nav>", "a.html has no text"),
    "image": ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.txt is a binary file"),
    "PDF named .txt": ("a.txt", b"%PDF-1.7 x", "a.txt is a PDF file by its first bytes"),
    "unknown": ("a.odt", b"x", "a.odt is of an unknown format: give a .txt"),
    "no ending": ("README", b"x", "README is of an unknown format"),
    "too large": ("a.txt", b"x" * 1_000_001, "a.txt has 1,000,001 bytes, more than the 1,000,000"),
    "encrypted PDF": ("a.pdf", pdf(password="secret"), "a.pdf is encrypted"),
    "image-only PDF": ("a.pdf", pdf(), "a.pdf is a PDF of images"),
    "damaged PDF": ("a.pdf", b"%PDF-1.7\ngarbage", "a.pdf is a damaged PDF"),
    "damaged Word": ("a.docx", b"PK\x03\x04garbage", "a.docx is no Word file"),
    "encrypted Word": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.docx is encrypted"),
    "zip bomb": ("a.docx", bomb(), "a.docx unpacks to 6,000,000 bytes"),
    "no document in the zip": ("a.docx", docx()[:1000], "a.docx is no Word file"),
}


@pytest.mark.parametrize(("name", "data", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals_say_which_file_and_why(name: str, data: bytes, message: str) -> None:
    with pytest.raises(CorpusError) as refusal:
        read_text(name, data, max_bytes=1_000_000)
    assert str(refusal.value).startswith(message)


def test_what_a_person_knows_beats_the_sidecar_and_that_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "a.toml").write_text('title = "Sidecar"\nlicence = "CC0"\nspeakers = ["A"]', encoding="utf-8")
    read = read_statement(tmp_path / "a.html", metadata=Metadata(speakers=("B",)))
    assert (read.title, read.licence, read.speakers, read.date) == (
        "Sidecar",
        "CC0",
        ("B",),
        dt.date(2020, 5, 26),
    )
    (tmp_path / "a.html.toml").write_text('title = "Nearer"', encoding="utf-8")
    assert read_statement(tmp_path / "a.html").title == "Nearer"


def test_a_bad_sidecar_refuses_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(BODY, encoding="utf-8")
    (tmp_path / "a.toml").write_text("titel = 1", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"a\.toml has the unknown key 'titel'"):
        read_statement(tmp_path / "a.txt")
    (tmp_path / "a.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(CorpusError, match="not UTF-8"):
        read_statement(tmp_path / "a.txt")


def test_a_folder_gives_the_good_files_and_lists_the_bad(tmp_path: Path) -> None:
    deep = tmp_path / "in" / "deep.txt"
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text("One.", encoding="utf-8")
    (tmp_path / "in" / "a.md").write_text("Two.", encoding="utf-8")
    (tmp_path / "in" / "a.md.toml").write_text("title = 'Second'", encoding="utf-8")
    (tmp_path / "in" / ".hidden.txt").write_text("Hidden.", encoding="utf-8")
    (tmp_path / "in" / "empty.txt").write_text("", encoding="utf-8")
    (tmp_path / "in" / "photo.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "secret.txt").write_text("Outside.", encoding="utf-8")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    os.mkfifo(tmp_path / "in" / "pipe.txt")
    steps: list[tuple[int, int]] = []
    read = read_statements([tmp_path / "in"], progress=lambda done, of: steps.append((done, of)))
    assert [(s.id, s.title, s.text) for s in read.statements] == [
        ("a", "Second", "Two."),
        ("a-2", "One.", "One."),
    ]
    refused = "\n".join(map(str, read.refused))
    for part in (
        "empty.txt is empty",
        "photo.jpg is of an unknown",
        "link.txt is a link that leads out",
        "pipe.txt is a device",
    ):
        assert part in refused
    assert "Outside" not in refused
    assert steps[-1] == (5, 5)


def test_paths_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    paths = [tmp_path / "missing.txt", tmp_path / "gone.txt", tmp_path / "empty"]
    read = read_statements(paths)
    assert not read.statements
    messages = [str(refusal) for refusal in read.refused]
    assert len(messages) == 3
    assert sum("cannot be read: No such file" in message for message in messages) == 2
    assert any("folder without files" in message for message in messages)
    with pytest.raises(CorpusError, match="is a folder"):
        read_statement(tmp_path / "empty")
    with pytest.raises(CorpusError, match="cannot be"):
        read_statement(Path("a\0.txt"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Заявление МИД", "zayavlenie-mid"),
        ("Հայտարարություն", "haytararowtyown"),
        ("Été 2020 — «ООН»", "ete-2020-oon"),
        ("../../etc/passwd", "etc-passwd"),
        ("-rf *; $(x)", "rf-x"),
        ("...", "statement"),
        ("a" * 300, "a" * 80),
    ],
)
def test_ids_are_slugs(name: str, expected: str) -> None:
    assert make_id(name) == expected


def test_a_title_is_found_behind_much_white_space() -> None:
    assert read_text("a.txt", b"\n" * 10_001 + b"Hello there. More.").title == "Hello there."


@pytest.mark.parametrize(
    "charset",
    ["undefined", "punycode", "idna", "utf-7", "unicode_escape", "raw_unicode_escape", "rot13", "x-no"],
)
def test_a_charset_that_is_none_of_the_web_is_passed_over(charset: str) -> None:
    body = f"<p>{BODY}</p>".encode("windows-1251")
    page = f'<meta charset="{charset}">'.encode() + body
    assert read_text("a.html", page).text == read_text("a.html", body).text == BODY


@pytest.mark.parametrize("charset", ["shift_jis", "gb18030", "euc-kr", "big5"])
def test_an_encoding_of_the_web_is_taken(charset: str) -> None:
    page = f'<meta charset="{charset}"><p>和平。</p>'.encode(charset)
    assert read_text("a.html", page).text == "和平。"


def test_headers_are_judged_without_climbing_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    from bs4.element import Tag

    climbs = []
    monkeypatch.setattr(Tag, "find_parent", lambda tag, *_: climbs.append(tag.name))
    headers = "<header><p>Site</p></header>" * 50
    page = f"<body>{headers}<header><b><h1>Title</h1></b></header><p>{BODY}</p>"
    assert read_text("a.html", page.encode()).text == f"Title\n\n{BODY}"
    assert len(climbs) <= 1
    inside = f"<article><header><p>Kept</p></header><p>{BODY}</p></article>"
    assert read_text("a.html", inside.encode()).text == f"Kept\n\n{BODY}"


def test_a_text_of_invisible_marks_alone_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"a\.txt has no text in it"):
        read_text("a.txt", "\u202e\u2066\n".encode())
    assert read_text("My file.txt", "\u202e\n\nStates agree.".encode()).title


@pytest.mark.parametrize(
    "facts",
    [{"title": " "}, {"licence": "\t"}, {"speakers": ("ОДКБ", "")}, {"url": ""}, {"title": "a\udce9"}],
)
def test_blank_and_broken_facts_are_refused(facts: dict[str, object]) -> None:
    with pytest.raises(CorpusError, match=f"{next(iter(facts)).rstrip('s')} .*(blank|half a character)"):
        Metadata(**facts)  # type: ignore[arg-type]
