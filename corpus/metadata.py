"""What is known about a statement beside its text, and its TOML form."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlsplit

from corpus.statement import CorpusError, Statement

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")

# Line breaks and other controls, and those that turn the direction of writing: they would forge a citation.
_HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What someone knows about a statement; None, or no speakers, where nothing is known.

    Attributes:
        title: Title on one line.
        language: BCP 47 tag, such as `ru`.
        speakers: States or bodies that speak.
        date: Day of publication.
        url: Where it was published; http or https, because it becomes a link.
        licence: Licence of the text.

    Raises:
        CorpusError: A value is blank or could not be written as UTF-8, the url is no web address, the
            language no tag, or a name not on one line.
    """

    title: str | None = None
    language: str | None = None
    speakers: tuple[str, ...] = ()
    date: dt.date | None = None
    url: str | None = None
    licence: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be written, safely shown or linked to."""
        speakers = [("speaker", speaker) for speaker in self.speakers]
        for name, value in [("title", self.title), ("licence", self.licence), ("url", self.url), *speakers]:
            if value is not None and not value.strip():
                msg = f"the {name} given is blank: write it, or leave it out where it is not known"
                raise CorpusError(msg)
            if value is not None and _HALF.search(value):
                msg = f"{name} {value!r} holds half a character (a lone surrogate): write it as UTF-8"
                raise CorpusError(msg)
        if self.url is not None and not _is_web_address(self.url):
            msg = (
                f"url {self.url!r} is no web address: it must begin with https:// or http:// and name a host"
            )
            raise CorpusError(msg)
        if self.language is not None and not _TAG.fullmatch(self.language):
            msg = f"language {self.language!r} is no BCP 47 tag, such as ru or pt-BR"
            raise CorpusError(msg)
        for name, value in [("title", self.title), *speakers]:
            if value is not None and _CONTROL.search(value):
                msg = (
                    f"{name} {value!r} holds a line break or another control character: write it on one line"
                )
                raise CorpusError(msg)

    def over(self, other: Metadata) -> Metadata:
        """These facts, with the gaps filled from `other`."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(other, **{name: value for name, value in known.items() if value})


def parse_metadata(text: str, source: str) -> Metadata:
    """Read metadata from TOML.

    Args:
        text: TOML with any of the keys title, language, speakers, date, url and licence.
        source: Name of the file, for messages.

    Raises:
        CorpusError: Not TOML, an unknown key, or a value of the wrong type.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{source} is not valid TOML: {error}"
        raise CorpusError(msg) from error
    known = [field.name for field in fields(Metadata)]
    for key, value in table.items():
        if key not in known:
            msg = f"{source} has the unknown key {key!r}: use only {', '.join(known)}"
            raise CorpusError(msg)
        if not _fits(key, value):
            msg = f"{source} has {key} = {value!r}: {_EXPECTED.get(key, 'expected text in quotes')}"
            raise CorpusError(msg)
    if "speakers" in table:
        table["speakers"] = tuple(table["speakers"])
    try:
        return Metadata(**table)
    except CorpusError as error:
        msg = f"{source}: {error}"
        raise CorpusError(msg) from error


def one_line(text: str) -> str:
    """A text fit for a title: white space folded, control characters left out."""
    return " ".join(_CONTROL.sub(" ", text).split())


def format_metadata(statement: Statement) -> str:
    """Write what is known about a statement as TOML; what is unknown is left out."""
    import tomli_w

    table: Mapping[str, object] = {field.name: getattr(statement, field.name) for field in fields(Metadata)}
    return tomli_w.dumps(
        {key: list(value) if isinstance(value, tuple) else value for key, value in table.items() if value}
    )


_EXPECTED = {
    "speakers": 'expected a list of names, such as ["ОДКБ"]',
    "date": "expected a day without quotes, such as 2020-05-26",
}


def _fits(key: str, value: object) -> bool:
    if key == "speakers":
        return isinstance(value, list) and all(isinstance(name, str) and name.strip() for name in value)
    if key == "date":
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return isinstance(value, str) and bool(value.strip())


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not any(c.isspace() for c in url)
