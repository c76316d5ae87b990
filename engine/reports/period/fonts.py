"""Fonts for the scripts of the labels: a report in boxes is worse than none."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from engine.errors import ConfigurationError

PACKAGES: Mapping[str, str] = {
    **dict.fromkeys(("CJK", "HIRAGANA", "KATAKANA", "HANGUL"), "fonts-wqy-microhei"),
    "DEVANAGARI": "fonts-lohit-deva",
}
"""Small packages (1.6 MB and 80 KB) with fonts for a script, by the first word of its characters' names."""


def check_fonts(document: Any) -> None:
    """Of a document that WeasyPrint has drawn. Raises ConfigurationError where no installed font has its labels; other
    scripts and signs, which only the text of calls can bring, stand as boxes."""
    missing = {chr(code) for font in document.fonts.values() for code in font.missing}
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in missing}
    packages = sorted({PACKAGES[script] for script in scripts if script in PACKAGES})
    if packages:
        raise ConfigurationError(
            "no installed font has the letters of this report",
            received=", ".join(sorted(script.capitalize() for script in scripts & PACKAGES.keys())),
            remedy=f"apt-get install {' '.join(packages)}, or choose --format html",
        )
