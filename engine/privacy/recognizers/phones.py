"""Telephone numbers: national ones by their numbering plan, international ones, any number beside a cue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.languages import LANGUAGES
from engine.privacy.recognizers.base import ELSE, Rule, recognizer
from engine.privacy.recognizers.checksums import digits
from engine.privacy.recognizers.cued import cued, cues
from engine.privacy.recognizers.forms import AROUND, END, NOT_COUNTED, NOT_COUNTED_ELSEWHERE, START, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from presidio_analyzer import EntityRecognizer

_EXTENSION = r"(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?"
_REGIONS = {
    "en": ("US", "GB", "IN", "AU", "IE", "ZA", "NZ"),
    "fr": ("FR", "BE", "CH", "CA"),
    "es": ("ES", "MX", "AR", "CO", "US"),
    "de": ("DE", "AT", "CH"),
    "it": ("IT", "CH"),
    "pt": ("BR", "PT"),
    "nl": ("NL", "BE"),
    "hi": ("IN",),
    "ja": ("JP",),
    "zh": ("CN", "TW", "HK"),
    "fi": ("FI",),
    "sv": ("SE",),
    "ko": ("KR",),
    "pl": ("PL",),
    "ru": ("RU", "KZ"),
    "tr": ("TR",),
    "uk": ("UA",),
    "vi": ("VN",),
    "th": ("TH",),
}
"""Regions whose national numbers a call in the language is likely to name."""


def recognizers() -> list[EntityRecognizer]:
    """phone_number."""
    national = [
        recognizer(
            "phone_number",
            Rule(rf"{AROUND}\(?\d(?:[ .()/-]{{0,2}}\d){{6,13}}{END}", 0.5),
            context=cues("phone_number", language if language in LANGUAGES else ELSE),
            rate=_national_score(regions),
            needs=r"\d",
            language=language,
        )
        for language, regions in _REGIONS.items()
    ]
    return [*national, *_international(), _american(), *_any_number()]


def _international() -> list[EntityRecognizer]:
    return cued(
        "phone_number",
        Rule(r"(?<![\w+])\+ ?\d(?:[ .()/-]{0,2}\d){7,14}" + _EXTENSION + r"(?!\w)", 0.8),
        Rule(r"(?<!\w)\+? ?00 ?[1-9]\d?(?:[ .()/-]{0,2}\d){7,12}(?!\w)", 0.5),
        needs=r"\+|00",
    )


def _american() -> EntityRecognizer:
    area = r"(?:(?:00)?1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ]|\d{3}, )"
    return recognizer(
        "phone_number",
        Rule(rf"{AROUND}{area}\d{{3}}(?:[-. ]|, )\d{{4}}{_EXTENSION}{END}", 0.7),
        Rule(rf"{START}\d{{3}}[- ]\d{{4}}{END}", 0.3, digits=7),
        context=cues("phone_number", "en"),
        needs=r"\d{4}",
    )


def _any_number() -> list[EntityRecognizer]:
    return cued(
        "phone_number",
        Rule(run(6, 15), 0.2, digits=6),
        Rule(rf"{START}\d{{2,4}}(?:[./ ]\d{{2,4}}){{2,4}}{END}{NOT_COUNTED}{NOT_COUNTED_ELSEWHERE}", 0.2, digits=6),
    )


def _national_score(regions: tuple[str, ...]) -> Callable[[str], float]:
    """Whether a number is one that the regions have given out, by the numbering plans of phonenumbers."""

    def score(value: str) -> float:
        from phonenumbers import NumberParseException, is_valid_number, parse

        number = digits(value)
        if not 8 <= len(number) <= 12 or len(set(number)) < 3:
            return 0.0
        for region in regions:
            try:
                if is_valid_number(parse(number, region)):
                    return 0.52 if len(number) >= 10 or (len(number) == 9 and number != value) else 0.3
            except NumberParseException:
                continue
        return 0.0

    return score
