"""The table at the end of a run: what a person wants to see of each call, and where the files are."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import rich.box
import rich.console
import rich.table

from engine.engine import Progress
from engine.result_types import CallResult
from engine.telemetry import rtfx

_TABLE_COLUMNS = 140  # where the output is no terminal
_MOST_ROWS = 40  # beyond that nobody reads a table; the failures are listed all the same


def print_summary(rows: Sequence[Progress], out: Path, wall_s: float) -> None:
    """Print the table of calls (those that failed first), totals, and the output directory to stdout."""
    width = None if sys.stdout.isatty() else _TABLE_COLUMNS
    console = rich.console.Console(width=width, highlight=False)
    shown = sorted(rows, key=lambda row: (row.result.status != "failed", _name(row)))[:_MOST_ROWS]
    if shown:
        console.print(_table(shown))
    if len(rows) > len(shown):
        console.print(f"… and {len(rows) - len(shown)} more")
    audio_s = sum(row.result.source.duration_s for row in rows if not row.resumed)
    failed = sum(row.result.status == "failed" for row in rows)
    console.print(
        f"{len(rows)} calls, {failed} failed, {sum(row.resumed for row in rows)} done before; "
        f"{audio_s / 60:.1f} audio-minutes in {wall_s:.1f} s, RTFx {rtfx(audio_s, wall_s):.1f}"
    )
    if counts := Counter(redaction.entity for row in rows for redaction in row.result.redactions):
        console.print("redacted: " + ", ".join(f"{entity} {count}" for entity, count in counts.most_common()))
    console.print(f"results: {out.resolve()}")


def _table(rows: Sequence[Progress]) -> rich.table.Table:
    table = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("call", min_width=18, overflow="fold")
    table.add_column("status")
    table.add_column("length", justify="right")
    table.add_column("language")
    table.add_column("speakers")
    table.add_column("redactions", min_width=25)
    table.add_column("sentiment")
    table.add_column("checklist", justify="right")
    table.add_column("RTFx", justify="right")
    for row in rows:
        table.add_row(_name(row), *_cells(row))
    return table


def _name(row: Progress) -> str:
    return row.source.stem if isinstance(row.source, Path) else row.result.call_id


def _cells(row: Progress) -> tuple[str, ...]:
    result = row.result
    if result.status == "failed":
        return ("failed", "", "", "", "; ".join(error.message for error in result.errors), "", "", "")
    seconds = result.source.duration_s
    speed = "before" if row.resumed else f"{rtfx(seconds, result.timings['total']):.0f}"
    return (
        result.status,
        f"{int(seconds // 60)}:{seconds % 60:04.1f}",
        f"{result.language.code} {result.language.probability:.2f}" if result.language else "–",
        "\n".join(f"{speaker.id} {speaker.role}" for speaker in result.speakers) or "–",
        _redactions(result),
        (result.analysis and result.analysis.sentiment) or "–",
        _checklists(result),
        speed,
    )


def _redactions(result: CallResult) -> str:
    counts = Counter(redaction.entity for redaction in result.redactions)
    return ", ".join(f"{entity} {count}" for entity, count in counts.most_common()) or "none"


def _checklists(result: CallResult) -> str:
    """The score; with the name of the list where a call has several."""
    found = [entry for entry in (result.analysis.checklists if result.analysis else ()) if entry.score is not None]
    lines = [f"{entry.checklist_id} {entry.score:.0%}" if len(found) > 1 else f"{entry.score:.0%}" for entry in found]
    return "\n".join(lines) or "–"
