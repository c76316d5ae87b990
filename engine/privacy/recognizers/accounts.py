"""Accounts, orders and cases, bank details, and numbers that fit nowhere else."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ANY, Rule, recognizer
from engine.privacy.recognizers.checksums import aba_routing, digits, iban
from engine.privacy.recognizers.cued import NOT_ENGLISH, cued
from engine.privacy.recognizers.forms import (
    ALONE,
    END,
    FOUR,
    FOUR_ELSEWHERE,
    NOT_COUNTED,
    NOT_COUNTED_ELSEWHERE,
    NOT_COUNTING,
    NOT_DATE,
    NOT_NUMBERED,
    START,
    STAYS_ALONE,
    code,
    run,
)

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_YEAR = r"(?:19|20)\d\d"
_UNCOUNTED = NOT_COUNTED + NOT_COUNTED_ELSEWHERE
_ENDING = r"(?:end(?:s|ing|ed)?(?: in| with)?|last (?:four|4)(?: digits)?(?: are| is)?:?)"


def recognizers() -> list[EntityRecognizer]:
    """account_number, banking_information, number_sequence."""
    return [*_accounts(), *_banking(), *_sequences()]


def _accounts() -> list[EntityRecognizer]:
    any_length, mixed = Rule(run(6, 20), 0.18, digits=6), Rule(code(5, 20), 0.2)
    five = rf"{START}\d(?: ?\d){{4}}{END}"
    return [
        *cued(
            "account_number",
            any_length,
            Rule(FOUR, 0.12, digits=4),
            Rule(rf"{five}{NOT_COUNTED}", 0.12, digits=5),
            mixed,
            languages=("en",),
        ),
        *cued(
            "account_number",
            any_length,
            Rule(FOUR_ELSEWHERE, 0.12, digits=4),
            Rule(rf"{five}{NOT_COUNTED_ELSEWHERE}", 0.12, digits=5),
            mixed,
            languages=NOT_ENGLISH,
        ),
        recognizer(
            "account_number",
            Rule(r"\baccounts?\b[^.\n]{0,25}\bend(?:s|ing|ed)?(?: in| with)? (?P<value>\d{3,5})\b", 0.88),
            needs="ending|ends|ended",
        ),
    ]


def _banking() -> list[EntityRecognizer]:
    return [
        recognizer(
            "banking_information",
            Rule(r"(?<![\w-])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![\w])", 0.95),
            check=iban,
            needs=r"[a-z]{2}\d{2}",
            language=ANY,
        ),
        *cued(
            "banking_information",
            Rule(rf"{START}\d{{2}}-\d{{2}}-\d{{2}}{END}", 0.25, digits=6),
            Rule(run(6, 20), 0.2, digits=6),
            Rule(r"(?-i:(?<!\w)[A-Z]{2}\d{2}(?> ?[A-Z0-9]{2,30}){1,7}+(?!\w))", 0.25),
            Rule(r"(?-i:(?<!\w)[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?!\w))", 0.2),
            rate=_banking_score,
            needs=r"\d|[a-z]{6}",
        ),
    ]


def _banking_score(value: str) -> float:
    """A routing number that checks is likelier than any other number beside a banking word."""
    return 0.3 if aba_routing(value) else 0.22 if digits(value) else 0.2


def _sequences() -> list[EntityRecognizer]:
    return [
        recognizer(
            "number_sequence",
            Rule(rf"{START}{NOT_NUMBERED}(?!{_YEAR}{_YEAR}\b)\d{{5,}}{END}{_UNCOUNTED}", 0.5, digits=5),
            Rule(rf"{START}\d(?: \d){{3,}}{END}", 0.5, digits=4),
            Rule(rf"{START}{NOT_DATE}\d{{3,}}(?:[ -]\d{{2,}}){{1,6}}{END}{_UNCOUNTED}", 0.45, digits=5),
            check=_is_sequence,
            needs=r"\d",
            language=ANY,
        ),
        *cued(
            "number_sequence",
            Rule(rf"{START}{NOT_COUNTING}(?!{_YEAR}\b|\d{{1,3}}00\b){FOUR}", 0.42, digits=4),
            Rule(rf"{START}(?!{_YEAR}\b){FOUR}", 0.2, digits=4),
            Rule(rf"\b{_ENDING} (?P<value>\d{{3,5}})\b", 0.6, opens=frozenset("end ends ending ended last".split())),
            Rule(code(7, 24), 0.42),
            check=_is_code_or_number,
            needs=r"\d{2}",
            languages=("en",),
        ),
        *cued(
            "number_sequence",
            Rule(rf"{ALONE}(?P<value>(?!\d{{1,3}}00\b){FOUR_ELSEWHERE}){STAYS_ALONE}", 0.42),
            Rule(rf"{START}\d{{4}}{END}{NOT_COUNTED_ELSEWHERE}", 0.15, digits=4),
            Rule(code(7, 24), 0.42),
            check=_is_code_or_number,
            needs=r"\d{2}",
            languages=NOT_ENGLISH,
        ),
    ]


def _is_sequence(value: str) -> bool:
    """At least seven digits where they stand in groups; in one piece or one by one the rules' own counts do."""
    groups = value.replace("-", " ").split()
    return len(groups) == 1 or all(len(group) == 1 for group in groups) or len(digits(value)) >= 7


def _is_code_or_number(value: str) -> bool:
    """Product names ("RTX4090", "B2B") have their digits together or few; codes have five or change to and fro."""
    if value.isdecimal():
        return True
    changes = sum(left.isdecimal() != right.isdecimal() for left, right in pairwise(value))
    return len(digits(value)) >= 5 or (changes >= 3 and len(digits(value)) >= 3)
