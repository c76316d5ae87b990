"""Dates, dates of birth, ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ANY, Rule, phrases, recognizer
from engine.privacy.recognizers.checksums import digits
from engine.privacy.recognizers.forms import END, START, either

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\b"
_YEAR = r"(?:19|20)\d\d\b"
_OTHER_MONTHS = either(
    r"""
    januar, februar, märz, mai, juni, juli, oktober, dezember, janvier, février, mars, avril, juin, juillet,
    août, septembre, octobre, novembre, décembre, enero, febrero, marzo, abril, mayo, junio, julio, agosto,
    septiembre, octubre, noviembre, diciembre, gennaio, febbraio, aprile, maggio, giugno, luglio, settembre,
    ottobre, dicembre, janeiro, fevereiro, março, maio, junho, julho, setembro, outubro, novembro, dezembro,
    januari, februari, maart, mei, augustus, stycznia, lutego, marca, kwietnia, maja, czerwca, lipca, sierpnia,
    września, października, listopada, grudnia, января, февраля, марта, апреля, мая, июня, июля, августа,
    сентября, октября, ноября, декабря, січня, лютого, березня, квітня, травня, червня, липня, серпня, вересня,
    жовтня, листопада, грудня, ocak, şubat, mart, nisan, mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım,
    aralık, tammikuuta, helmikuuta, maaliskuuta, huhtikuuta, toukokuuta, kesäkuuta, heinäkuuta, elokuuta,
    syyskuuta, lokakuuta, marraskuuta, joulukuuta, april, august, september, november, augusti, जनवरी, फरवरी,
    मार्च, अप्रैल, मई, जून, जुलाई, अगस्त, सितंबर, अक्टूबर, नवंबर, दिसंबर, tháng \d{1,2}
    """
)
_BIRTH_CUES = phrases(
    """
    date of birth, birth date, birthdate, birthday, dob, born, birth, geburtsdatum, geboren, né, née,
    date de naissance, fecha de nacimiento, nací, data di nascita, nato, nata, data de nascimento, nasci,
    geboortedatum, data urodzenia, дата рождения, родился, родилась, дата народження, doğum, syntymäaika,
    ngày sinh, जन्म, 生年月日, 生まれ, 생년월일, 出生
    """
)
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
_NUMERIC = (
    rf"(?<![\d/.-]){_DAY_OR_MONTH}([/.-]){_DAY_OR_MONTH}\1(?:{_YEAR}|\d\d\b)(?![/.-]?\d)",
    rf"(?<![\d/.-])(?:19|20)\d\d([/.-]){_DAY_OR_MONTH}\1{_DAY_OR_MONTH}(?![/.-]?\d)",
)
_NAMED = rf"(?<![\d.,])\d{{1,2}}(?:\.|er|º)?(?: de| ngày)? {_OTHER_MONTHS}(?!\w)(?:,?(?: de| del| năm)? {_YEAR})?"
_EAST_ASIAN = r"(?:\d{2,4} ?[年년] ?)?\d{1,2} ?[月월] ?\d{1,2} ?[日일号]"


def recognizers() -> list[EntityRecognizer]:
    """date, date_of_birth, person_age."""
    return [_dates(), _dates_of_other_languages(), *_births(), _ages()]


def _written_dates(score: float) -> tuple[Rule, ...]:
    """Dates with a month's name, and numeric dates with a year."""
    return (
        Rule(rf"\b{_MONTH}(?: the)? {_DAY}(?:,? (?:of |in )?{_YEAR}|,? \d\d\b(?!:))?", score),
        Rule(rf"(?<!\w){_DAY}(?: day)?(?: of)? {_MONTH}(?:,? (?:of |in )?{_YEAR}|,? \d\d\b(?!:))?", score),
        Rule(rf"\b{_MONTH},?(?: of| in)? {_YEAR}", score - 0.05),
        Rule(rf"(?<![\d/.-]){_DAY}([/.-]){_DAY_OR_MONTH}\1(?:{_YEAR}|\d\d\b)(?![/.-]?\d)", score),
        Rule(rf"(?<![\d/.-])(?:19|20)\d\d([/.-])(?:0?[1-9]|1[0-2])\1{_DAY}(?![/.-]?\d)", score),
    )


def _dates() -> EntityRecognizer:
    before = either("on, by, since, until, due, dated, from, before, after, date")
    day_month = r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:[12]\d|3[01])"
    return recognizer(
        "date",
        *_written_dates(0.65),
        Rule(rf"\b{before} (?P<value>(?:0?[1-9]|1[0-2])/{_DAY})(?![/.-]?\d)", 0.5),
        Rule(rf"(?<![\w.,-])(?:{day_month})20[0-3]\d(?![\w,-])", 0.45),
        needs=r"\d",
    )


def _dates_of_other_languages() -> EntityRecognizer:
    rules = [Rule(pattern, 0.65) for pattern in (*_NUMERIC, _NAMED, _EAST_ASIAN)]
    return recognizer("date", *rules, needs=r"\d", language=ANY)


def _births() -> list[EntityRecognizer]:
    rules = [Rule(pattern, 0.25) for pattern in (*_NUMERIC, _NAMED, _EAST_ASIAN)]
    return [
        recognizer(
            "date_of_birth",
            *_written_dates(_BIRTH_SCORE),
            Rule(rf"(?<![\d/.-])(?:0?[1-9]|1[0-2])/{_DAY}(?![/.-]?\d)", 0.2),
            Rule(rf"{START}\d(?:[ -]?\d){{3,7}}{END}", 0.2),
            Rule(rf"\bborn in (?:{_MONTH} )?(?:of )?(?P<value>(?:19|20)?\d\d)\b", 0.85),
            context=_BIRTH_CUES,
            needs=r"\d",
        ),
        recognizer("date_of_birth", *rules, context=_BIRTH_CUES, needs=r"\d", language=ANY),
    ]


def _ages() -> EntityRecognizer:
    thing = rf"\b{_THINGS}(?: is| are| was| were|'s)? (?:about |almost |over |only )?"
    person = r"\b(?:i'm|i am|he's|he is|she's|she is) (?:about |almost |only |already |just |turning )?"
    told = r"\b(?:aged?|age is|age of|my age|turned|turning|turns) (?:is |of |about )?"
    asked = r"\b(?:old are you|your age|old is (?:he|she|your \w+))[^\n?]{0,20}\?\n(?:\w+'?\w* ){0,3}"
    return recognizer(
        "person_age",
        Rule(rf"(?<!{thing})(?<![\d.,$])\d{{1,3}}[ -](?:years?|months?|weeks?)[ -]olds?\b(?! {_THINGS})", 0.8),
        Rule(rf"{person}(?P<value>\d{{1,3}})(?=[,.!?\n]|$| and\b| now\b| so\b| today\b| but\b)", 0.6),
        Rule(rf"{told}(?P<value>\d{{1,3}})\b(?![.,]?\d)(?! ?(?:%|percent|dollars|days|minutes|off|on))", 0.65),
        Rule(rf"{asked}(?P<value>\d{{1,3}})\b(?![.,:]\d)", 0.8),
        check=lambda value: 0 < int(digits(value) or 0) <= 120,
        needs=r"\d",
    )
