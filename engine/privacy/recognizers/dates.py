"""Dates, dates of birth, ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.languages import section
from engine.privacy.layout import DIGITS
from engine.privacy.recognizers.base import ANY, ELSE, Rule, phrases, recognizer
from engine.privacy.recognizers.checksums import digits
from engine.privacy.recognizers.cued import by_language, cues, one_of, words
from engine.privacy.recognizers.forms import ALONE, END, NOT_COUNTED_ELSEWHERE, START, STAYS_ALONE, either

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_MONTHS = frozenset(
    "jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov "
    "november dec december sepember".split()
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\b"
_YEAR = r"(?:19|20)\d\d\b"
_BIRTH_SCORE = 0.36
"""With the least lift that a cue gives, still above a date's 0.65."""

_THINGS = either(
    """
    account, phone, handset, iphone, car, vehicle, truck, device, house, home, building, laptop, computer, modem,
    router, card, contract, machine, system, tv, television, battery, roof, boiler, furnace, product, unit, model,
    policy, bill, company, bank, software, app, one
    """
)
_DAY_OR_MONTH = r"(?:0?[1-9]|[12]\d|3[01])"


def recognizers() -> list[EntityRecognizer]:
    """date, date_of_birth, person_age."""
    return [_dates(), *_dates_of_other_languages(), *_births(), _ages(), *_ages_of_other_languages()]


def _written_dates(score: float) -> tuple[Rule, ...]:
    """Dates with a month's name, and numeric dates with a year."""
    return (
        Rule(rf"\b{_MONTH}(?: the)? {_DAY}(?:,? (?:of |in )?{_YEAR}|,? \d\d\b(?!:))?", score, opens=_MONTHS),
        Rule(rf"{DIGITS}(?<!\w){_DAY}(?: day)?(?: of)? {_MONTH}(?:,? (?:of |in )?{_YEAR}|,? \d\d\b(?!:))?", score),
        Rule(rf"\b{_MONTH},?(?: of| in)? {_YEAR}", score - 0.05, opens=_MONTHS),
        Rule(rf"{DIGITS}(?<![/.-]){_DAY}([/.-]){_DAY_OR_MONTH}\1(?:{_YEAR}|\d\d\b)(?![/.-]?\d)", score),
        Rule(rf"{DIGITS}(?<![/.-])(?:19|20)\d\d([/.-])(?:0?[1-9]|1[0-2])\1{_DAY}(?![/.-]?\d)", score, digits=6),
    )


def _numeric_dates(score: float) -> tuple[Rule, ...]:
    """Dates without a month's name."""
    return (
        Rule(
            rf"{DIGITS}(?<![/.-]){_DAY_OR_MONTH}([/.-]){_DAY_OR_MONTH}\1(?:{_YEAR}|\d\d\b)(?![/.-]?\d)", score, digits=4
        ),
        Rule(rf"{DIGITS}(?<![/.-])(?:19|20)\d\d([/.-]){_DAY_OR_MONTH}\1{_DAY_OR_MONTH}(?![/.-]?\d)", score, digits=6),
    )


_EAST_ASIAN = r"(?:\d{2,4} ?[年년] ?)?\d{1,2} ?[月월] ?\d{1,2} ?[日일号]"


def _dates() -> EntityRecognizer:
    before = "on, by, since, until, due, dated, from, before, after, date"
    day_month = r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:[12]\d|3[01])"
    return recognizer(
        "date",
        *_written_dates(0.65),
        Rule(
            rf"\b{either(before)} (?P<value>(?:0?[1-9]|1[0-2])/{_DAY})(?![/.-]?\d)",
            0.5,
            opens=frozenset(phrases(before)),
        ),
        Rule(rf"{DIGITS}(?<![\w.,-])(?:{day_month})20[0-3]\d(?![\w,-])", 0.45, digits=8),
        needs=r"\d",
    )


def _dates_of_other_languages() -> list[EntityRecognizer]:
    return [
        recognizer("date", *_numeric_dates(0.65), needs=r"\d", language=ANY),
        recognizer("date", Rule(_EAST_ASIAN, 0.65), needs="[月월]", language=ANY),
        *by_language("date", lambda language: _named_dates(language, 0.65)),
    ]


def _named_dates(language: str, score: float) -> tuple[Rule, ...]:
    """ "3 mars 1985", "3. März 85", "el 3 de marzo de 1985", "ngày 3 tháng 3 năm 1985"; a month and a year."""
    months = one_of(words(language, "dates", "months"))
    joined = rf"(?: {one_of(words(language, 'dates', 'of'))})?"
    short = rf"['’]?\d\d\b(?![:.,]?\d)(?:(?= (?:года|году|року|roku)\b)|{NOT_COUNTED_ELSEWHERE})"
    year = rf"(?:,?{joined} {_YEAR}|,?{joined} {short})?"
    day = DIGITS + r"(?<![.,])(?:0?[1-9]|[12]\d|3[01])(?:\.|er|º|°|ª|-?го|-?е|-?е)?"
    rules = [
        Rule(rf"{day}{joined} {months}(?!\w){year}", score),
        Rule(rf"(?<!\w){months},?{joined} {_YEAR}", score - 0.05),
    ]
    if language in ("vi", ELSE):
        rules.append(Rule(r"(?<!\d)\d{1,2}(?: tháng |[/-])\d{1,2},?(?: năm| ?[/-]) ?(?:\d{4}|\d\d)(?!\d)", score))
        rules.append(Rule(r"(?<!\d)\d{1,2} tháng \d{1,2}(?!\d)", score))
    return tuple(rules)


def _births() -> list[EntityRecognizer]:
    unnamed = *_numeric_dates(_BIRTH_SCORE), Rule(_EAST_ASIAN, _BIRTH_SCORE)
    figures = Rule(rf"{START}\d(?:[ -]?\d){{3,7}}{END}", 0.2, digits=4)

    def rules(language: str) -> tuple[Rule, ...]:
        return *unnamed, *_named_dates(language, _BIRTH_SCORE), figures

    return [
        recognizer(
            "date_of_birth",
            *_written_dates(_BIRTH_SCORE),
            Rule(rf"{DIGITS}(?<![/.-])(?:0?[1-9]|1[0-2])/{_DAY}(?![/.-]?\d)", 0.2),
            figures,
            *unnamed,
            Rule(rf"\bborn in (?:{_MONTH} )?(?:of )?(?P<value>(?:19|20)?\d\d)\b", 0.85),
            context=cues("date_of_birth", "en"),
            needs=r"\d",
        ),
        *by_language("date_of_birth", rules),
    ]


def _ages_of_other_languages() -> list[EntityRecognizer]:
    def rules(language: str) -> tuple[Rule, ...]:
        templates = () if language == ELSE else section(language, "ages").get("after", ())
        said = (
            Rule(template.replace("^", r"(?:^|\n)\W*").replace("{n}", r"(?P<value>(?<![\d.,-])\d{1,3})(?!\d)"), 0.7)
            for template in templates
        )
        return *said, Rule(rf"{ALONE}(?P<value>\d{{1,3}})(?![.,:/-]?\d){STAYS_ALONE}", 0.15)

    return by_language("person_age", rules, check=lambda value: 0 < int(digits(value) or 0) <= 120)


_PEOPLE = frozenset(("i", "he", "she"))
_AGES = frozenset("age aged my turned turning turns".split())


def _ages() -> EntityRecognizer:
    thing = rf"\b{_THINGS}(?: is| are| was| were|'s)? (?:about |almost |over |only )?"
    person = r"\b(?:i'm|i am|he's|he is|she's|she is) (?:about |almost |only |already |just |turning )?"
    told = r"\b(?:aged?|age is|age of|my age|turned|turning|turns) (?:is |of |about )?"
    asked = r"\b(?:old are you|your age|old is (?:he|she|your \w+))[^\n?]{0,20}\?\n(?:\w+'?\w* ){0,3}"
    return recognizer(
        "person_age",
        Rule(rf"(?<!{thing})(?<![\d.,$])\d{{1,3}}[ -](?:years?|months?|weeks?)[ -]olds?\b(?! {_THINGS})", 0.8),
        Rule(
            rf"{person}(?P<value>\d{{1,3}})(?=[,.!?\n]|$| and\b| now\b| so\b| today\b| but\b)",
            0.6,
            opens=_PEOPLE,
        ),
        Rule(
            rf"{told}(?P<value>\d{{1,3}})\b(?![.,]?\d)(?! ?(?:%|percent|dollars|days|minutes|off|on))",
            0.65,
            opens=_AGES,
        ),
        Rule(rf"{asked}(?P<value>\d{{1,3}})\b(?![.,:]\d)", 0.8, opens=frozenset(("old", "your"))),
        check=lambda value: 0 < int(digits(value) or 0) <= 120,
        needs=r"\d",
    )
