"""The text of a file in each format, as a reader sees it, and what the file says about itself."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus.decoding import decode
from corpus.html import visible_text
from corpus.metadata import Metadata, one_line
from corpus.statement import CorpusError

if TYPE_CHECKING:
    from docx.table import Table

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n.*?^---[ \t]*\r?\n", re.DOTALL | re.MULTILINE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
# What an encoding of web pages reads as ASCII does; UTF-7, punycode, escapes and EBCDIC do not.
_ASCII = rb"<p class='a'>\u0041 +AEE- ~{ .xn--e1afmkfd."
_OLE = b"\xd0\xcf\x11\xe0"
_EXPANSION = 5


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    Attributes:
        text: Its text.
        metadata: What it says about itself; less to be trusted than what a person says.
    """

    text: str
    metadata: Metadata


def extract(ending: str, data: bytes, max_bytes: int) -> Content:
    """Take the text out of a file.

    Plain text is kept to the character. HTML and Markdown give the text a browser shows, without
    navigation and scripts. Word gives paragraphs and tables, without headers and footnotes. PDF
    gives its lines as they stand, with a form feed between pages.

    Args:
        ending: One of `FORMATS`, such as `.txt`.
        data: The file's bytes.
        max_bytes: Largest file; what is packed inside it may be five times that.

    Raises:
        CorpusError: The file is damaged, encrypted, binary, or without text. The message is a predicate
            ("is encrypted: …"), for the caller to put the file's name before.
    """
    content = FORMATS[ending](data, max_bytes)
    if not one_line(content.text):
        msg = "has no text in it"
        raise CorpusError(msg)
    return content


def _plain(data: bytes, max_bytes: int) -> Content:
    for magic, kind in ((b"%PDF-", "a PDF"), (b"PK\x03\x04", "a ZIP or Word"), (_OLE, "an old Word")):
        if data.startswith(magic):
            msg = f"is {kind} file by its first bytes: give it the ending of its format"
            raise CorpusError(msg)
    return Content(decode(data), Metadata())


def _markdown(data: bytes, max_bytes: int) -> Content:
    from markdown_it import MarkdownIt

    source = _FRONT_MATTER.sub("", decode(data), count=1)
    return Content(*visible_text(MarkdownIt("commonmark").enable("table").render(source)))


def _html(data: bytes, max_bytes: int) -> Content:
    return Content(*visible_text(_declared(data) or decode(data)))


def _declared(data: bytes) -> str | None:
    """The page in the encoding its meta tag names, where that holds and UTF-8 does not."""
    declared = _CHARSET.search(data[:4096])
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if declared is None:
            return None
        encoding = declared.group(1).decode("ascii")
        try:
            return data.decode(encoding) if _ASCII.decode(encoding) == _ASCII.decode("ascii") else None
        except (LookupError, UnicodeError):
            return None
    return None


def _pdf(data: bytes, max_bytes: int) -> Content:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _encrypted()
        pages = [page.extract_text() for page in reader.pages]
    except CorpusError:
        raise
    except DependencyError as error:
        raise _encrypted() from error
    except (PyPdfError, OSError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError,
            RecursionError, AssertionError, NotImplementedError) as error:  # fmt: skip
        msg = f"is a damaged PDF file ({type(error).__name__}: {error})"
        raise CorpusError(msg) from error
    if not any(page.strip() for page in pages):
        msg = "is a PDF of images without text: run a text recognition (OCR) over it first"
        raise CorpusError(msg)
    whole = "\f".join(pages).replace("\0", "\ufffd")
    return Content(whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), Metadata())


def _encrypted() -> CorpusError:
    return CorpusError("is encrypted: save it again without a password")


def _docx(data: bytes, max_bytes: int) -> Content:
    from docx import Document
    from docx.opc.exceptions import OpcError
    from docx.table import Table
    from lxml.etree import LxmlError  # type: ignore[import-untyped]

    if data.startswith(_OLE):
        msg = "is encrypted or an old .doc file: save it as .docx without a password"
        raise CorpusError(msg)
    try:
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
        if unpacked > _EXPANSION * max_bytes:
            msg = f"unpacks to {unpacked:,} bytes, more than the {_EXPANSION * max_bytes:,} allowed"
            raise CorpusError(msg)
        document = Document(io.BytesIO(data))
        blocks = [
            _table_text(block) if isinstance(block, Table) else block.text
            for block in document.iter_inner_content()
        ]
        title = document.core_properties.title
    except CorpusError:
        raise
    except (
        OpcError,
        LxmlError,
        zipfile.BadZipFile,
        OSError,
        KeyError,
        ValueError,
        NotImplementedError,
    ) as error:
        msg = f"is no Word file, or a damaged one ({type(error).__name__}: {error})"
        raise CorpusError(msg) from error
    text = "\n\n".join(block for block in blocks if block.strip())
    return Content(text, Metadata(title=one_line(title) or None))


def _table_text(table: Table) -> str:
    """Rows as lines and cells between tabs; a merged cell once."""
    lines = []
    for row in table.rows:
        cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}
        lines.append("\t".join(cells.values()))
    return "\n".join(lines)


FORMATS: Mapping[str, Callable[[bytes, int], Content]] = {
    ".txt": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".docx": _docx,
}
