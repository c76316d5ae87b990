"""Fragments of regular expressions that the number families share."""

from __future__ import annotations

from engine.privacy.languages import LANGUAGES
from engine.privacy.layout import ADJOINING, CODE, NUMBER
from engine.privacy.recognizers.base import phrases
from engine.privacy.recognizers.cued import one_of, words


def either(listed: str) -> str:
    """An alternation of the comma-separated patterns of a list."""
    return f"(?:{'|'.join(phrases(listed))})"


START = NUMBER
"""Not inside a word, an amount or another number; a digit comes next."""

AROUND = NUMBER.removesuffix(r"(?=\d)")
"""The same where a bracket may come before the digits."""

END = rf"(?!{ADJOINING}|%)(?![.,:/-]\d)"
"""Not before more of the same number, a percent sign or a word."""

_LONG = r"(?:\d[ -]?){10}"
JOIN = rf"(?:[ -]|(?=[.,]?\n)(?<=\d\d)(?<!{_LONG})[.,]?\n(?=\d\d)(?!{_LONG}))?"
"""Between two digits of one number: nothing, a space, a hyphen, or a line break in a number read out over two turns,
neither of which is a whole number by its length."""

_COUNTED = either(
    r"""
    dollars?, bucks?, cents?, euros?, pounds?, pence, quid, rupees?, pesos?, yen, usd, eur, gbp, percent, minutes?,
    mins?, hours?, hrs?, days?, weeks?, months?, years?, seconds, secs?, times, people, users, customers, employees,
    miles?, kilometers?, kilometres?, km, kg, kilos?, lbs?, ounces?, oz, feet, foot, ft, inch(?:es)?, meters?, metres?,
    square, sq, megabytes?, megabits?, gigabytes?, mb, gb, tb, mbps, gbps, points, calories, units, items, pieces,
    copies, words, pages, watts?, volts?, degrees?, am, pm, a\.m, p\.m, p m, a m, o'clock, hz, mhz, ghz, rpm, mg, ml,
    litres?, liters?, gallons?, million, thousand, billion, hundred, texts, messages, calls, shares, steps, credits,
    tokens, songs, photos, tickets, seats, rooms, bedrooms, and a half, per, each, a (?:month|year|week|day)
    """
)
NOT_COUNTED = rf"(?! ?-?(?:%|{_COUNTED}\b))"
"""Not a count, price, time or measure by the word that follows."""

_COUNTED_ELSEWHERE = one_of(
    tuple(word for code in LANGUAGES if code != "en" for word in words(code, "runs", "counted"))
)
NOT_COUNTED_ELSEWHERE = rf"(?! ?-?(?:%|{_COUNTED_ELSEWHERE}(?:(?<=[\u0e00-\ud7af])|\b)))"
"""The same in the languages other than English."""

_NUMBERED = "version, windows, model, build, error, error code, part number, channel, route, highway"
_COUNTING = either(
    f"""
    about, around, over, under, nearly, almost, roughly, approximately, least, most, than, worth, up, up to, room, gate,
    floor, page, step, chapter, section, {_NUMBERED}
    """
)
NOT_COUNTING = rf"(?<!\b{_COUNTING} )"
"""Not a count, a room or a version by the word before."""

NOT_NUMBERED = rf"(?<!\b{either(_NUMBERED)} )"
"""Not the number of a thing that everybody has, by the word before."""

NOT_DATE = r"(?!(?:(?:19|20)\d\d-\d\d?-\d\d?|\d\d?-\d\d?-(?:19|20)?\d\d)(?![\d-]))"
"""Not a date with hyphens."""

_YEAR = rf"(?<=\b{either('in, since, of, until, till, from, to, after, before, during, year, and')} )(?:19|20)\d\d"
_HOUR = either("at, by, around, until, till, before, after, from, between, to, for")
_CLOCK = rf"(?<=\b{_HOUR} )(?:1[0-2]|0?[1-9])[0-5]\d"
FOUR = rf"{START}(?!(?:{_YEAR}|{_CLOCK})\b)(?:\d{{4}}|\d \d \d \d){END}{NOT_COUNTED}"
"""Four digits, in one piece or one by one, that no word beside them makes a year, a time or a count."""


FOUR_ELSEWHERE = rf"{START}(?!(?:19|20)\d\d(?!\d))(?:\d{{4}}|\d \d \d \d){END}{NOT_COUNTED_ELSEWHERE}"
"""Four digits, no year, for languages other than English."""

ALONE = r"(?:^|\n)[^\n\d]{0,20}"
STAYS_ALONE = r"(?=[^\n\d]{0,15}(?:\n|$))"
"""Before and behind a number that is nearly all that a turn says."""


def run(least: int, most: int, join: str = JOIN) -> str:
    """A number of `least`..`most` digits, written in one piece or in groups."""
    return rf"{START}{NOT_DATE}\d(?:{join}\d){{{least - 1},{most - 1}}}{END}"


def code(least: int, most: int) -> str:
    """A code of letters and digits with at least two digits, hyphens inside: "AB1234", "ORD-99120-X"."""
    return rf"{CODE}[A-Z0-9](?:-?[A-Z0-9]){{{least - 1},{most - 1}}}(?![\w@])(?![.-]\w)"
