"""How far a run is: a bar on a terminal, plain lines elsewhere. Everything goes to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import rich.progress

from engine.engine import Progress
from engine.telemetry import rtfx


@dataclass(slots=True)
class Report:
    """Collects finished calls. The ETA goes by bytes of the files, which are known before anything is decoded."""

    sizes: dict[Path, int]
    bar: rich.progress.Progress | None
    rows: list[Progress] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)
    audio_s: float = 0.0
    bytes_done: int = 0

    def finished(self, progress: Progress) -> None:
        self.rows.append(progress)
        self.audio_s += progress.result.source.duration_s
        if isinstance(progress.source, Path):
            self.bytes_done += self.sizes.get(progress.source, 0)
        if self.bar:
            self.bar.update(self.bar.task_ids[0], completed=self.bytes_done, status=self._status())
        else:
            self.say(f"{self._status()} {_line(progress)}")

    def say(self, text: str) -> None:
        if self.bar:
            self.bar.console.print(text, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)

    def _status(self) -> str:
        speed = rtfx(self.audio_s, time.perf_counter() - self.started)
        return f"{len(self.rows)}/{len(self.sizes)} calls, {self.audio_s / 60:.1f} audio-minutes, RTFx {speed:.1f}"


@contextmanager
def reporting(calls: Sequence[Path]) -> Iterator[Report]:
    sizes = {path: _size(path) for path in calls}
    console = rich.console.Console(stderr=True)
    bar = _bar(console) if console.is_terminal else None
    with bar or nullcontext():
        if bar:
            bar.add_task("calls", total=sum(sizes.values()), status=f"0/{len(calls)} calls")
        yield Report(sizes, bar)


def _bar(console: rich.console.Console) -> rich.progress.Progress:
    return rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.TaskProgressColumn(),
        rich.progress.TextColumn("{task.fields[status]}"),
        rich.progress.TextColumn("ETA"),
        rich.progress.TimeRemainingColumn(),
        console=console,
    )


def _line(progress: Progress) -> str:
    result = progress.result
    name = progress.source.name if isinstance(progress.source, Path) else result.call_id
    done = "done before" if progress.resumed else result.status
    why = "; ".join(f"{error.stage}: {error.message}" for error in result.errors)
    return f"{name}: {done}{f' ({why})' if why else ''}"


def _size(path: Path) -> int:
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1  # the call itself will say what is wrong
