"""The options of `list` and `report`: which calls are meant, by every criterion of the store's `Filter`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.errors import ConfigurationError
from engine.reports.period import KINDS, LANGUAGES
from engine.store import COLUMNS, SORTED_BY, Filter, Store, parse_time

_CHOICES = {column.name: column.choices for column in COLUMNS}
_ELSEWHERE = ("since", "before", "text")
_RANGE = "LOW:HIGH"
_OPTIONS = {"language": "--call-language", "duration_s": "--duration"}
"""Where the criterion's own name would be mistaken."""
_DEST = "wanted_"


def add_list_options(parser: argparse.ArgumentParser) -> None:
    """Of `call-engine list`."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the directory of an earlier run")
    parser.add_argument(
        "--order", default="-started", metavar="[-]COLUMN",
        help=f"with - the highest first (default -started): {', '.join(SORTED_BY)}",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="calls on a page (default 50)")
    parser.add_argument("--after", metavar="PLACE", help="the page after this one, as the page before says")
    parser.add_argument("--json", action="store_true", help="everything that is known of each call")
    parser.add_argument("--save-filter", metavar="NAME", help="keep these criteria under a name")
    parser.add_argument("--delete-filter", metavar="NAME", help="forget a saved filter, and stop")
    parser.add_argument("--filters", action="store_true", help="list the saved filters, and stop")
    add_filter_options(parser)


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Of `call-engine report`."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the directory of an earlier run")
    parser.add_argument("--kind", choices=KINDS, required=True, help="operator quality, or business")
    parser.add_argument("--format", choices=("html", "pdf"), default="html")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the labels (default en)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: in DIR, named by kind and period")
    add_filter_options(parser)


def add_filter_options(parser: argparse.ArgumentParser) -> None:
    """Criteria, and a saved filter that they change."""
    group = parser.add_argument_group(
        "which calls", "all criteria must hold; of several values, separated by commas, any will do"
    )
    group.add_argument("--from", dest=_DEST + "since", metavar="TIME", help="ISO 8601, UTC unless it names a zone")
    group.add_argument("--to", dest=_DEST + "before", metavar="TIME", help="the end: a day alone is included")
    group.add_argument(
        "--text", dest=_DEST + "text", metavar="WORDS", help='words, "a phrase" or a prefix* of summary or transcript'
    )
    for field in fields(Filter):
        if field.name not in _ELSEWHERE:
            metavar, description = _described(field.name, str(field.type))
            group.add_argument(
                _option(field.name), dest=_DEST + field.name, action="append", metavar=metavar, help=description
            )
    group.add_argument("--filter", metavar="NAME", help="a saved filter; the other options change it")


def wanted_calls(options: argparse.Namespace, store: Store) -> Filter:
    """The filter that the options describe; raises ConfigurationError on what none can be made of."""
    base = store.saved_filter(options.filter) if options.filter else Filter()
    return base.narrowed(**dict(_criteria(options)))


def _criteria(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    for field in fields(Filter):
        given = getattr(options, _DEST + field.name)
        if given is None:
            continue
        if field.name in ("since", "before"):
            yield field.name, _time(given, inclusive=field.name == "before")
        elif field.name == "text":
            yield field.name, given
        elif _is_range(str(field.type)):
            yield field.name, _bounds(field.name, given[-1])
        else:
            yield field.name, _words(given)


def _time(text: str, inclusive: bool) -> Any:
    """A day alone stands for its start or, as the end of a period, for all of it."""
    day_alone = len(text) == len("2026-11-01")
    return parse_time(text) + timedelta(days=inclusive and day_alone)


def _bounds(name: str, text: str) -> tuple[float | None, float | None]:
    try:
        low, _, high = text.partition(":") if ":" in text else (text, ":", text)
        return float(low) if low else None, float(high) if high else None
    except ValueError:
        raise ConfigurationError(
            _option(name), received=repr(text), expected="LOW:HIGH, LOW:, :HIGH or a number"
        ) from None


def _words(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _option(name: str) -> str:
    return _OPTIONS.get(name, f"--{name.replace('_', '-')}")


def _is_range(kind: str) -> bool:
    return kind.startswith("Range")


def _described(name: str, kind: str) -> tuple[str, str | None]:
    if _is_range(kind):
        return _RANGE, None
    if name == "answers":
        return "CHECKLIST:QUESTION=VALUE", "all must hold; yes, no, partly, none, a number …"
    choices = ", ".join(_CHOICES.get(name.removesuffix("_all"), ()))
    both = "all must hold; " if name.endswith("_all") else ""
    return "VALUE", both + choices or None
