"""Amounts of money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.layout import ADJOINING, DIGITS
from engine.privacy.recognizers.base import ANY, ELSE, Rule, recognizer
from engine.privacy.recognizers.cued import cues, one_of, words
from engine.privacy.recognizers.forms import either

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_AMOUNT = r"(?:\d{1,3}(?:[,. ]\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
_SCALE = r"(?:[ -](?:thousand|million|billion|grand)|k\b)?"
_CURRENCY = either(
    r"""
    dollars?, bucks, euros?, pounds sterling, quid, rupees?, pesos?, yen, yuan, francs?, kronor, cents, pence,
    usd, eur, gbp, inr, cad, aud, chf, pln, jpy, cny, krw, €, рубл\w*, руб\b, гривн\w*, z[łl]oty\w*, TL\b, real\b, kr\b
    """
)
_OF_ALL = one_of(words(ELSE, "money", "currency"))
_SMALL = r"(?: (?:et |y |e |und |en |i |и |й |і |та |ve |ja |con |com )?\d{1,2}(?![.,]?\d)(?! ?[\p{L}%]))?"
"""What is said after the currency: "49 euros 90"."""


def recognizers() -> list[EntityRecognizer]:
    """money_amount."""
    cents = r"(?:,? and \d{1,2}(?: cents)?)?"
    return [
        recognizer(
            "money_amount",
            Rule(rf"(?:\b(?:US|CA|AU|NZ|R))?[$€£¥₹₩₽] ?-?{_AMOUNT}{_SCALE}", 0.85),
            needs="[$€£¥₹₩₽]",
            language=ANY,
        ),
        recognizer(
            "money_amount",
            Rule(
                rf"{DIGITS}(?<!{ADJOINING})(?<![.,]){_AMOUNT}{_SCALE} ?"
                rf"(?![\d\s.,:;/-])(?:{_CURRENCY}|{_OF_ALL})(?!{ADJOINING}){_SMALL}",
                0.85,
            ),
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "money_amount",
            Rule(rf"{DIGITS}(?<![\w.,]){_AMOUNT}{_SCALE}[ -](?:dollars?|euros?|pounds?){cents}\b(?! of weight)", 0.86),
            Rule(DIGITS + r"(?<![\w.,])\d{1,6}\.\d\d(?![\w.%])", 0.25, digits=3),
            Rule(DIGITS + r"(?<![\w.,$-])\d{1,3}(?:99|95|49|50)(?![\w.,%-])", 0.16, digits=3),
            context=cues("money_amount", "en"),
            needs=r"\d",
        ),
    ]
