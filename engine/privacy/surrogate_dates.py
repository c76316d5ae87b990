"""Another date in the form of a date: "March 3rd 1985" -> "July 19th 1982", "03/04/85" -> "11/09/87"."""

from __future__ import annotations

import re
from random import Random

_MONTHS = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta "
    "marraskuuta joulukuuta",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
)
_LISTS = tuple(tuple(months.split()) for months in _MONTHS)
_TOKEN = re.compile(r"\d+(?:st|nd|rd|th)?\b|\d+|[^\W\d_]+(?:[\u0900-\u097f]+)?", re.IGNORECASE)
_YEARS_OFF = (-4, -3, -2, -1, 1, 2, 3, 4)
_COMPACT = re.compile(r"(?:19|20)\d{6}|\d{4}(?:19|20)\d{2}")


def other_date(value: str, _language: str, random: Random) -> str:
    """The value with other days, months and years; weekdays and words between stay."""
    return _TOKEN.sub(lambda found: _other(found[0], random), value)


def _other(token: str, random: Random) -> str:
    digits = re.match(r"\d+", token)
    if not digits:
        return _other_month(token, random)
    if digits[0] != token:
        return _ordinal(random.randint(1, 28))
    if _COMPACT.fullmatch(token):
        return _other_compact(token, random)
    if len(token) == 4:
        return str(int(token) + random.choice(_YEARS_OFF))
    if len(token) > 2:
        return "".join(str(random.randint(1, 9)) for _ in token)
    return _other_short(token, random)


def _other_short(token: str, random: Random) -> str:
    """One or two digits: a month or day where it can be one, else a year without its century."""
    number = int(token)
    if number > 31:
        return f"{(number + random.choice(_YEARS_OFF)) % 100:02d}"
    low, high = (1, 12) if number <= 12 else (13, 28)
    return f"{random.randint(low, min(high, 9) if len(token) == 1 else high):0{len(token)}d}"


def _other_compact(token: str, random: Random) -> str:
    """19850304 or 03041985."""
    day_and_month = f"{random.randint(1, 12):02d}{random.randint(1, 12):02d}"
    if token[:2] in ("19", "20"):
        return str(int(token[:4]) + random.choice(_YEARS_OFF)) + day_and_month
    return day_and_month + str(int(token[4:]) + random.choice(_YEARS_OFF))


def _other_month(token: str, random: Random) -> str:
    for months in _LISTS:
        if token.lower() in months:
            other = random.choice(months)
            return other.capitalize() if token[0].isupper() else other
    return token


def _ordinal(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th") if day not in (11, 12, 13) else "th"
    return f"{day}{ending}"
