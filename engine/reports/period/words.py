"""Labels, numbers and dates in the reader's language: gettext catalogs beside this file, and CLDR through Babel."""

from __future__ import annotations

import functools
import gettext
import io
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

from engine.errors import UnknownNameError
from engine.reports.extra import missing_extra

if TYPE_CHECKING:
    from babel import Locale

LANGUAGES = ("de", "en", "es", "fi", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "vi", "zh")
"""Whose labels there are; English is the text of the program itself."""
NO_VALUE = "–"


class Words:
    """One language. Raises UnknownNameError for one without labels, ConfigurationError without Babel."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UnknownNameError("report language", language, LANGUAGES)
        try:
            from babel import Locale
        except ImportError:
            raise missing_extra("Babel") from None
        self.language = language
        self._locale: Locale = Locale.parse(language)
        self._catalog = _catalog(language)

    def __call__(self, text: str, **values: str) -> str:
        """A label in the language; `values` take the places in braces."""
        translated = self._catalog.gettext(text) if text else text
        return translated.format(**values) if values else translated

    def number(self, value: float | None, decimals: int = 1) -> str:
        from babel.numbers import format_decimal

        if value is None:
            return NO_VALUE
        digits = f".{'0' * decimals}" if decimals else ""
        return str(format_decimal(value, format=f"#,##0{digits}", locale=self._locale))

    def percent(self, share: float | None) -> str:
        from babel.numbers import format_percent

        return NO_VALUE if share is None else str(format_percent(share, locale=self._locale))

    def day(self, day: date, form: str = "long") -> str:
        from babel.dates import format_date

        return str(format_date(day, format=form, locale=self._locale))

    def short_day(self, day: date) -> str:
        """Day and month, in the order of the language."""
        from babel.dates import format_skeleton

        return str(format_skeleton("MMMd", day, locale=self._locale))


@functools.cache
def _catalog(language: str) -> gettext.NullTranslations:
    """The .po file as gettext reads it; compiled in memory, so that no build step can be forgotten."""
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = resources.files("engine.reports.period").joinpath("locales", f"{language}.po")
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
