"""`call-engine report`: a period's calls on a page that a manager reads, as HTML or PDF."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

from engine.errors import ConfigurationError
from engine.files import write_atomic
from engine.periods import period_report
from engine.reports.period import to_pdf
from engine.results import open_store
from engine.serve.filters import wanted_calls


def report(options: argparse.Namespace) -> int:
    """Write the report and print where it is."""
    with open_store(options.directory) as store:
        wanted = wanted_calls(options, store)
        if wanted.since is None or wanted.before is None:
            raise ConfigurationError("report", expected="a period", remedy="add --from 2026-11-01 --to 2026-11-30")
        start, end = wanted.since.date(), (wanted.before - timedelta(microseconds=1)).date()
        page = period_report(store, options.kind, start, end, wanted=wanted, language=options.language)
    path = options.out or options.directory / _name(options.kind, start, end, options.format)
    write_atomic(path, to_pdf(page) if options.format == "pdf" else page)
    print(path)
    return 0


def _name(kind: str, start: date, end: date, format_name: str) -> Path:
    return Path(f"{kind}-report-{start}-{end}.{format_name}")
