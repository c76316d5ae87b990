"""A report over the calls of a period: the store's figures on a page."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from engine.errors import ConfigurationError
from engine.reports.period import Kind, Report, gather, render_report
from engine.store import Filter, Store

_READ_CALLS = 400
"""How many results are read for what their analyses advise, the newest: the figures come from all calls."""
_MOST_REMARKS = 5


def period_report(
    store: Store, kind: Kind, start: date, end: date, *, wanted: Filter | None = None, language: str = "en"
) -> str:
    """The page of an "operator" or "business" report from one UTC day to another, both included.

    wanted: narrows the calls; its own times do not count. language: of the labels. Raises ConfigurationError on a
    period that ends before it starts, UnknownNameError on another kind or language, StorageError.
    """
    if end < start:
        raise ConfigurationError("the period", received=f"{start} to {end}", expected="an end that is not before")
    after = end + timedelta(days=1)
    wanted = wanted or Filter()
    calls = _between(wanted, start, after)
    figures = gather(store.every(calls), start, after)
    earlier = start - (after - start)
    before = gather(store.every(_between(wanted, earlier, start)), earlier, start).total
    titles, remarks = _read(store, calls)
    criteria = _described(wanted.narrowed(since=None, before=None))
    return render_report(
        Report(kind, start, after, figures, before if before.calls else None, titles, remarks, criteria), language
    )


def _described(narrowed: Filter) -> str:
    """What a filter asks for, as the options of `call-engine list` are called."""
    given = json.loads(narrowed.to_json())
    return "; ".join(
        f"{name} {', '.join(map(str, value)) if isinstance(value, list) else value}" for name, value in given.items()
    )


def _between(wanted: Filter, start: date, end: date) -> Filter:
    return wanted.narrowed(since=_midnight(start), before=_midnight(end))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _read(store: Store, calls: Filter) -> tuple[dict[str, str], list[tuple[str, int]]]:
    """Titles of checklist questions, and the most frequent advice, of the newest calls."""
    titles: dict[str, str] = {}
    remarks: Counter[str] = Counter()
    for call in store.page(calls, limit=_READ_CALLS).calls:
        result = store.result(call.name)
        if result is None or result.analysis is None:
            continue
        for checklist in result.analysis.checklists:
            titles |= {f"{checklist.checklist_id}:{answer.question_id}": answer.title for answer in checklist.answers}
        remarks.update({remark.text for remark in result.analysis.recommendations})
    return titles, remarks.most_common(_MOST_REMARKS)
