"""When messages were sent -> seconds after the first of them. The day itself is personal data and stays behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

DAY_S = 86_400.0
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](\d+))?(?:\s?([ap])\.?m\b\.?)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})")
_LATEST_S, _MS_FROM = 1e10, 1e11
"""Epoch seconds up to the year 2286; numbers that are larger count milliseconds."""

Stamp = str | float | None
"""A clock time with or without a date, an ISO 8601 time, seconds or milliseconds; None: nothing is known."""


def seconds_after_first(stamps: Sequence[Stamp]) -> list[float | None]:
    """For each message; None where its stamp tells no time. Never before the first, whatever the stamps say."""
    for read in (_moments, _dated_clocks, _clocks):  # a chat is stamped in one way
        times = read(stamps)
        first = next((time for time in times if time is not None), None)
        if first is not None:
            return [None if time is None else round(max(time - first, 0.0), 3) for time in times]
    return [None] * len(stamps)


def _moments(stamps: Sequence[Stamp]) -> list[float | None]:
    """Numbers and ISO 8601 times."""
    return [None if stamp is None else _moment(stamp) for stamp in stamps]


def _moment(stamp: str | float) -> float | None:
    try:
        value = float(stamp)
    except (ValueError, OverflowError):
        return _iso(str(stamp))
    value = value / 1000 if value >= _MS_FROM else value
    return value if 0.0 <= value <= _LATEST_S else None


def _iso(text: str) -> float | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}.\d{2}:\d{2}", text):
        return None
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _dated_clocks(stamps: Sequence[Stamp]) -> list[float | None]:
    """Day first or month first, as the chat takes less time: `11/05` and `11/06` are a day apart."""
    readings = [list(_in_order(stamps, day_first)) for day_first in (True, False)]
    return min(readings, key=lambda times: (times.count(None), _length_s(times)))


def _in_order(stamps: Sequence[Stamp], day_first: bool) -> Iterator[float | None]:
    for stamp in stamps:
        dated, clock = _DATE.search(str(stamp)), _clock_s(str(stamp))
        day = None if dated is None or clock is None else _day(*map(int, dated.groups()), day_first=day_first)
        yield None if day is None or clock is None else day * DAY_S + clock


def _day(first: int, second: int, third: int, *, day_first: bool) -> int | None:
    """The day's number; a year of two digits is one of this century."""
    if first > 31:
        year, month, day = first, second, third
    else:
        year, (day, month) = third, ((first, second) if day_first else (second, first))
    try:
        return date(year + 2000 if year < 100 else year, month, day).toordinal()
    except ValueError:
        return None


def _length_s(times: Sequence[float | None]) -> float:
    known = [time for time in times if time is not None]
    return max(known, default=0.0) - min(known, default=0.0)


def _clocks(stamps: Sequence[Stamp]) -> list[float | None]:
    """Times of day alone: one that is far before the last is of the next day."""
    times: list[float | None] = []
    last = 0.0
    for stamp in stamps:
        clock = None if stamp is None else _clock_s(str(stamp))
        if clock is not None:
            clock += last // DAY_S * DAY_S
            last = clock = clock + DAY_S if clock < last - DAY_S / 2 else clock
        times.append(clock)
    return times


def _clock_s(text: str) -> float | None:
    """`10:33`, `10:33:12`, `10:34 PM`; `01:22.4` is minutes and seconds."""
    found = _CLOCK.search(_DATE.sub("", text))
    if found is None:
        return None
    first, second, third, fraction, half = found.groups()
    if fraction and third is None:
        return 60.0 * int(first) + int(second) + float(f"0.{fraction}")
    hours = int(first) % 12 + 12 * (half.lower() == "p") if half else int(first)
    return 3600.0 * hours + 60.0 * int(second) + int(third or 0) + float(f"0.{fraction or 0}")
