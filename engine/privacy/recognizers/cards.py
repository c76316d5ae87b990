"""Payment cards: number, verification code, expiry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ANY, Rule, phrases, recognizer
from engine.privacy.recognizers.checksums import digits, luhn
from engine.privacy.recognizers.forms import END, FOUR, NOT_COUNTED, START, run

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_CARD_CUES = phrases(
    """
    card, credit, debit, visa, mastercard, amex, american express, discover, tarjeta, carte, karte,
    kreditkarte, carta, cartão, karta, kart, карта, карты, カード, 카드, 信用卡
    """
)
_CVV_CUES = phrases(
    """
    cvv, cvc, cvv2, cid, ccv, security code, card verification, card code, three digit, 3 digit,
    four digit code, on the back, back of the card, back of your card, back of my card
    """
)
_EXPIRY_CUES = phrases(
    """
    expiration, expiry, expire, expiring, expired, exp, exp date, valid until, valid thru
    """
)
_GROUP = re.compile(r"\d+")
_GROUPINGS = {(4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)}
_MONTH_YEAR = r"(?:0?[1-9]|1[0-2])"


def recognizers() -> list[EntityRecognizer]:
    """credit_card_number, credit_card_cvv, credit_card_expiration."""
    return [
        recognizer(
            "credit_card_number",
            Rule(run(13, 26), 0.6),
            context=_CARD_CUES,
            check=_card_score,
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "credit_card_number",
            Rule(run(9, 12), 0.1),
            Rule(FOUR, 0.12),
            Rule(r"\bcards?\b[^.\n]{0,25}\bend(?:s|ing|ed)?(?: in| with)? (?P<value>\d{4})\b", 0.9),
            context=(*_CARD_CUES, "card ending", "card number"),
            needs=r"\d{4}|\d \d",
        ),
        recognizer("credit_card_cvv", Rule(rf"{START}\d(?: ?\d){{2,3}}{END}", 0.15), context=_CVV_CUES, needs=r"\d"),
        recognizer(
            "credit_card_expiration",
            Rule(rf"(?<![\d/.-]){_MONTH_YEAR} ?[/-] ?(?:20)?[2-4]\d(?![\d/-])", 0.3),
            Rule(rf"{START}{_MONTH_YEAR} ?(?:20)?[2-4]\d{END}{NOT_COUNTED}", 0.2),
            Rule(rf"\b(?:{_MONTHS})(?: of)?,? (?:20)?[2-4]\d\b", 0.3),
            context=_EXPIRY_CUES,
            needs=r"\d\d",
        ),
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
