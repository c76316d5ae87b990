"""The store under a million calls: calls saved a second, milliseconds a page, bytes a call beyond its text.

usage: python benchmarks/bench_store.py [--calls 1000000] [--at DIR] [--keep] [--dry]
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from common import write_row
from synthetic_calls import DAYS, FIRST_DAY, synthetic_calls

from engine.store import Filter, Store

PORTION = 4_000
"""Calls handed over at once, a transaction's: the more that wait, the longer the collector of garbage looks at them."""
REPEATS = 5
_MIDDLE = FIRST_DAY + timedelta(days=DAYS / 2)

PAGES: dict[str, tuple[Filter, str]] = {
    "all": (Filter(), "-started"),
    "tone": (Filter(tone=("aggressive",)), "-started"),
    "sentiment, by csat": (Filter(sentiment=("negative",)), "csat"),
    "one day": (Filter(since=_MIDDLE, before=_MIDDLE + timedelta(days=1)), "-started"),
    "first half, oldest first": (Filter(before=_MIDDLE), "started"),
    "operator": (Filter(operator=("A-017",)), "-started"),
    "directory": (Filter(directory=("/calls/2026/03",)), "-started"),
    "tags any": (Filter(tags=("vip", "callback")), "-started"),
    "tags all": (Filter(tags_all=("vip", "campaign 17")), "-started"),
    "rare tag": (Filter(tags=("campaign 2999",)), "-started"),
    "answers": (Filter(answers=("service-quality:greeting=no", "service-quality:closing=no")), "-started"),
    "checklist score": (Filter(checklists=("service-quality",), checklist_score=(0.9, None)), "-started"),
    "ranges": (
        Filter(csat=(None, 4.0), politeness=(1, 3), script_alignment=(0, 50), duration_s=(60, 300), words=(100, None)),
        "-duration_s",
    ),
    "eight criteria, few calls": (
        Filter(
            tone=("distressed",), priority=("urgent",), funnel_stage=("retention",), resolution=("unresolved",),
            sentiment=("negative",), risks=("churn", "legal"), language=("de",), type=("chat",),
        ),
        "-started",
    ),
    "no call at all": (Filter(sentiment=("positive",), csat=(None, 1.0), tags_all=("vip", "outage")), "-started"),
    "common word": (Filter(text="invoice"), "-started"),
    "common words, by csat": (Filter(text="invoice please", tone=("tense",)), "csat"),
    "rare word": (Filter(text="wbeef"), "-started"),
    "phrase": (Filter(text='"the customer asks about refund"', sentiment=("negative",)), "-started"),
    "beginning": (Filter(text="reschedul*"), "-started"),
    "common word, eight calls": (
        Filter(text="invoice", operator=("A-017",), tags=("campaign 17",)), "-started",
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--at", type=Path, help="directory of the store (default: a temporary one)")
    parser.add_argument("--keep", action="store_true", help="leave the store; one that is left is only read")
    parser.add_argument("--dry", action="store_true", help="print the rows, do not keep them")
    options = parser.parse_args()
    directory = options.at or Path(tempfile.mkdtemp(prefix="bench-store-"))
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "calls.sqlite"
    rows = [] if path.exists() else list(inserting(path, options.calls))
    rows += pages(path)
    for figure, value, unit in rows:
        values = {"calls": options.calls, "figure": figure, "value": round(value, 3), "unit": unit}
        print(values) if options.dry else write_row("bench_store", values)
    if not options.keep:
        shutil.rmtree(directory)


def inserting(path: Path, count: int) -> Iterator[tuple[str, float, str]]:
    """Saving alone is timed, not the making of the calls; by the wall and, for a busy machine, by the CPU."""
    text_bytes, wall_s, cpu_s = 0, 0.0, 0.0
    with Store(path) as store:
        calls = synthetic_calls(count)
        while portion := list(itertools.islice(calls, PORTION)):
            text_bytes += sum(len(each.text.encode()) for entry in portion for each in entry.result.utterances)
            started, cpu_started = time.perf_counter(), time.process_time()
            store.save_many(portion)
            wall_s += time.perf_counter() - started
            cpu_s += time.process_time() - cpu_started
    yield "saved", count / wall_s, "calls/s"
    yield "saved in a second of one core", count / cpu_s, "calls/CPU s"
    yield "text a call", text_bytes / count, "bytes"
    yield "database beyond text", (path.stat().st_size - text_bytes) / count, "bytes/call"


def pages(path: Path) -> Iterator[tuple[str, float, str]]:
    """The first page of 50, and one far behind: medians of the wall's and the CPU's time, and the slowest."""
    with Store(path) as store:
        far = store.page(limit=min(100_000, max(len(store) // 2, 1))).next
        asked = {name: (wanted, order, None) for name, (wanted, order) in PAGES.items()}
        for name, (wanted, order, after) in {**asked, "far behind": (Filter(), "-started", far)}.items():
            times = [_milliseconds(store, wanted, order, after) for _ in range(REPEATS)]
            walls, cpus = zip(*times, strict=True)
            total = store.page(wanted, order=order).total
            yield f"page: {name} ({'many' if total is None else total} calls)", statistics.median(walls), "ms"
            yield f"slowest page: {name}", max(walls), "ms"
            yield f"CPU of a page: {name}", statistics.median(cpus), "ms"


def _milliseconds(store: Store, wanted: Filter, order: str, after: str | None) -> tuple[float, float]:
    """Of the wall and of the CPU."""
    started, cpu_started = time.perf_counter(), time.process_time()
    store.page(wanted, order=order, after=after)
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - cpu_started)


if __name__ == "__main__":
    main()
