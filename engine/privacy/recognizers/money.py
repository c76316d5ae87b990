"""Amounts of money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ANY, Rule, phrases, recognizer
from engine.privacy.recognizers.forms import WORD, either

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_AMOUNT = r"(?:\d{1,3}(?:[,. ]\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
_SCALE = r"(?:[ -](?:thousand|million|billion|grand)|k\b)?"
_CURRENCY = either(
    r"""
    dollars?, bucks, euros?, pounds sterling, quid, rupees?, pesos?, yen, yuan, francs?, kronor, cents, pence,
    usd, eur, gbp, inr, cad, aud, chf, pln, jpy, cny, krw, €, евро, рубл\w*, руб\b, гривн\w*, грн, z[łl]oty\w*, zł,
    lira, TL\b, 円, 원, 元, 块, रुपये, रुपए, đồng, reais, real\b, kr\b
    """
)
_PRICE_CUES = phrases(
    """
    cost, price, pay, paid, paying, charge, charged, bill, billed, fee, total, balance, amount, payment, refund,
    refunded, owe, owed, deposit, monthly, a month, per month, plus tax, invoice, discount, credit of, rate
    """
)


def recognizers() -> list[EntityRecognizer]:
    """money_amount."""
    cents = r"(?:,? and \d{1,2}(?: cents)?)?"
    return [
        recognizer(
            "money_amount",
            Rule(rf"(?:\b(?:US|CA|AU|NZ|R))?[$€£¥₹₩₽] ?-?{_AMOUNT}{_SCALE}", 0.85),
            Rule(rf"(?<![\w.,]){_AMOUNT}{_SCALE} ?{_CURRENCY}(?!{WORD})", 0.85),
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "money_amount",
            Rule(rf"(?<![\w.,]){_AMOUNT}{_SCALE}[ -](?:dollars?|euros?|pounds?){cents}\b(?! of weight)", 0.86),
            Rule(r"(?<![\w.,])\d{1,6}\.\d\d(?![\w.%])", 0.25),
            Rule(r"(?<![\w.,$-])\d{1,3}(?:99|95|49|50)(?![\w.,%-])", 0.16),
            context=_PRICE_CUES,
            needs=r"\d",
        ),
    ]
