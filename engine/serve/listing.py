"""`call-engine list`: the calls of earlier runs that a filter finds, as a table or JSON; and saved filters."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from datetime import datetime
from typing import Any

import rich.box
import rich.console
import rich.table

from engine.results import open_store
from engine.serve.filters import wanted_calls
from engine.store import CallRow, Page, Store

_TABLE_COLUMNS = 140  # where the output is no terminal


def list_calls(options: argparse.Namespace) -> int:
    """Print one page of calls, or what there is of saved filters."""
    with open_store(options.directory) as store:
        if options.delete_filter:
            store.delete_filter(options.delete_filter)
            return 0
        if options.filters:
            return _print_filters(store)
        wanted = wanted_calls(options, store)
        if options.save_filter:
            store.save_filter(options.save_filter, wanted)
        page = store.page(wanted, order=options.order, limit=options.limit, after=options.after)
    if options.json:
        print(json.dumps(_as_json(page), ensure_ascii=False, indent=2))
    else:
        _print_table(page)
    return 0


def _print_filters(store: Store) -> int:
    for name, saved in store.saved_filters().items():
        print(f"{name}: {saved.to_json()}")
    return 0


def _as_json(page: Page) -> dict[str, Any]:
    calls = [
        {key: value.isoformat() if isinstance(value, datetime) else value for key, value in _fields(call).items()}
        for call in page.calls
    ]
    return {"total": page.total, "next": page.next, "calls": calls}


def _fields(call: CallRow) -> dict[str, Any]:
    """All but the store's own number."""
    return {key: value for key, value in dataclasses.asdict(call).items() if key != "id"}


def _print_table(page: Page) -> None:
    console = rich.console.Console(width=None if sys.stdout.isatty() else _TABLE_COLUMNS, highlight=False)
    table = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("started (UTC)", "call", "operator", "length", "sentiment", "tone", "resolution", "priority"):
        table.add_column(heading, overflow="fold")
    for heading in ("csat", "checklist"):
        table.add_column(heading, justify="right")
    for call in page.calls:
        table.add_row(*_cells(call))
    if page.calls:
        console.print(table)
    total = "calls" if page.total is None else "call" if page.total == 1 else f"of {page.total} calls"
    console.print(f"{len(page.calls)} {total}" + (f"; next page: --after={page.next}" if page.next else ""))
    if any(call.dated_by != "metadata" for call in page.calls):
        console.print("~ dated by its file, ~~ by when it was processed: the recording does not say")


def _cells(call: CallRow) -> tuple[str, ...]:
    doubt = {"metadata": "", "file": "~", "processing": "~~"}[call.dated_by]
    score, csat = call.checklist_score, call.csat
    return (
        f"{call.started:%Y-%m-%d %H:%M}{doubt}",
        call.name,
        call.operator or "–",
        "chat" if call.type == "chat" else f"{int(call.duration_s // 60)}:{call.duration_s % 60:04.1f}",
        call.sentiment or "–",
        call.tone or "–",
        call.resolution or "–",
        call.priority or "–",
        "–" if csat is None else f"{csat:.1f}",
        "–" if score is None else f"{score:.0%}",
    )
