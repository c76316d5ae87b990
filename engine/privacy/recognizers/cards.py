"""Payment cards: number, verification code, expiry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.privacy.layout import DIGITS
from engine.privacy.recognizers.base import ANY, Rule, recognizer
from engine.privacy.recognizers.checksums import digits, luhn
from engine.privacy.recognizers.cued import NOT_ENGLISH, by_language, cued, cues, one_of, words
from engine.privacy.recognizers.forms import END, FOUR, FOUR_ELSEWHERE, NOT_COUNTED, START, run

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_GROUP = re.compile(r"\d+")
_GROUPINGS = {(4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)}
_EXPORTED = Rule(r"(?<![\w.,])\d(?:[.,]\d+|\d\d) ?e ?\+? ?(?:1[0-9]|20)(?![\w.,]\w)(?!\w)", 0.55)
"""A long number as a spreadsheet shows it, "4.11E+15", also typed without its signs."""

_MONTH_YEAR = r"(?:0?[1-9]|1[0-2])"


def recognizers() -> list[EntityRecognizer]:
    """credit_card_number, credit_card_cvv, credit_card_expiration."""
    return [*_numbers(), *_codes(), *_expiries()]


def _numbers() -> list[EntityRecognizer]:
    return [
        *cued("credit_card_number", Rule(run(13, 26), 0.6, digits=13), rate=_card_score),
        recognizer("credit_card_number", _EXPORTED, language=ANY, needs=r"\d ?e ?\+? ?[12]\d"),
        recognizer(
            "credit_card_number",
            Rule(run(9, 12), 0.1, digits=9),
            Rule(FOUR, 0.12, digits=4),
            Rule(r"\bcards?\b[^.\n]{0,25}\bend(?:s|ing|ed)?(?: in| with)? (?P<value>\d{4})\b", 0.9),
            context=(*cues("credit_card_number", "en"), "card ending", "card number"),
            needs=r"\d{4}|\d \d",
        ),
        *cued(
            "credit_card_number",
            Rule(run(9, 12), 0.1, digits=9),
            Rule(FOUR_ELSEWHERE, 0.12, digits=4),
            needs=r"\d{4}|\d \d",
            languages=NOT_ENGLISH,
        ),
    ]


def _codes() -> list[EntityRecognizer]:
    return cued("credit_card_cvv", Rule(rf"{START}\d(?: ?\d){{2,3}}{END}", 0.15, digits=3))


def _expiries() -> list[EntityRecognizer]:
    numeric = (
        Rule(rf"{DIGITS}(?<![/.-]){_MONTH_YEAR} ?[/-] ?(?:20)?[2-4]\d(?![\d/-])", 0.3, digits=3),
        Rule(rf"{START}{_MONTH_YEAR} ?(?:20)?[2-4]\d{END}{NOT_COUNTED}", 0.2, digits=3),
    )

    def named(language: str, opens: frozenset[str] = frozenset()) -> Rule:
        joined = one_of(words(language, "dates", "of"))
        return Rule(
            rf"\b{one_of(words(language, 'dates', 'months'))}(?: {joined})?,? (?:20)?[2-4]\d\b", 0.3, opens=opens
        )

    english = named("en", frozenset(words("en", "dates", "months")))
    return [
        *cued("credit_card_expiration", *numeric, english, needs=r"\d\d", languages=("en",)),
        *by_language("credit_card_expiration", lambda language: (*numeric, named(language)), needs=r"\d\d"),
    ]


def _card_score(value: str) -> float:
    """Sure with a card's prefix and check digit, alone or before an expiry read out in one go; likely with sixteen
    digits, since one misheard digit breaks the check. Groups that no card has make it another number."""
    number = digits(value)
    groups = tuple(map(len, _GROUP.findall(value)))
    if len(set(groups)) > 1 and groups not in _GROUPINGS:
        return 0.2
    if any(_is_card(number[:length]) for length in {len(number), 16, 15} if length <= len(number)):
        return 0.95
    return 0.6 if len(number) == 16 else 0.2


def _is_card(number: str) -> bool:
    """A length and prefix of Visa, Mastercard, American Express, Discover, Diners, JCB or UnionPay, and Luhn."""
    known = number[0] in "3456" or 2221 <= int(number[:4]) <= 2720
    return known and 13 <= len(number) <= 19 and len(set(number)) > 1 and luhn(number)
