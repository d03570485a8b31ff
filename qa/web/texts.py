"""The words of the page in its two languages, with plurals, dates and names of languages."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

Lang = Literal["en", "ru"]
LANGS: tuple[Lang, ...] = ("en", "ru")

_FOLDER = Path(__file__).parent


class Texts:
    """Texts of one language: `texts("lead_passages", n=3)` is "3 passages".

    Args:
        lang: `en` or `ru`.
    """

    def __init__(self, lang: Lang) -> None:
        from babel import Locale

        self.lang = lang
        self.table: dict[str, str | dict[str, str]] = tomllib.loads(
            (_FOLDER / f"{lang}.toml").read_text(encoding="utf-8")
        )
        self._locale = Locale(lang)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key; plain text, to be escaped like any other.

        Args:
            key: As in `en.toml`.
            values: What stands in the braces; `n` also chooses the plural form.

        Raises:
            KeyError: No such key, or a value for one of its braces is missing.
        """
        text = self.table[key]
        if isinstance(text, dict):
            text = text[self._locale.plural_form(int(str(values["n"])))]
        return text.format_map(values)

    def date(self, day: dt.date | None) -> str:
        """A day in words, or that there is none."""
        from babel.dates import format_date

        return format_date(day, "long", locale=self._locale) if day else self("undated")

    def language(self, tag: str) -> str:
        """Name of a language by its BCP 47 tag; the tag itself where nobody knows a name."""
        return str(self._locale.languages.get(tag.split("-")[0].lower(), tag))


@cache
def texts(lang: Lang) -> Texts:
    """The texts of a language, read once."""
    return Texts(lang)
