"""`call-engine process` and `analyze`: many calls, a progress report, a summary, Ctrl-C that loses nothing."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from engine.audio import find_calls
from engine.call import Hints
from engine.config_types import EngineConfig
from engine.engine import Engine
from engine.errors import CallEngineError
from engine.result_types import CallResult
from engine.serve.progress import Report, reporting
from engine.serve.summary import print_summary

logger = logging.getLogger(__name__)

INTERRUPTED = 130


def process(paths: Sequence[Path], out: Path, config: EngineConfig, operator: str | None = None) -> int:
    """Recordings to results, `operator` being who answered them; returns the exit code."""
    hints = Hints(operator=operator)
    return _run(paths, out, config, find_calls, lambda engine, calls: engine.process_many(calls, lambda _: hints))


def analyze(paths: Sequence[Path], out: Path, config: EngineConfig, operator: str | None = None) -> int:
    """Chats to results; returns the exit code."""
    hints = Hints(operator=operator)
    return _run(paths, out, config, list, lambda engine, chats: engine.analyze_many(chats, lambda _: hints))


def _run(
    paths: Sequence[Path],
    out: Path,
    config: EngineConfig,
    expand: Callable[[Sequence[Path]], list[Path]],
    work: Callable[[Engine, Sequence[Path]], Iterator[CallResult]],
) -> int:
    started = time.perf_counter()
    calls, missing = _expanded(paths, expand)
    if not calls:
        return 2
    with (
        reporting(calls) as report,
        Engine(config, out=out, progress=report.finished) as engine,
        _finishing_on_interrupt(engine, report) as interrupted,
    ):
        engine.utilisation.lap()
        results = list(work(engine, calls))
        for line in engine.utilisation.lap().lines():
            logger.info(line)
    print_summary(report.rows, out, time.perf_counter() - started)
    if interrupted():
        left = len(calls) - len(results)
        print(
            f"interrupted: {len(results)} calls done, {left} left; run the same command again to resume",
            file=sys.stderr,
        )
        return INTERRUPTED
    return int(missing or any(result.status == "failed" for result in results))


def _expanded(paths: Sequence[Path], expand: Callable[[Sequence[Path]], list[Path]]) -> tuple[list[Path], bool]:
    """Every recording below `paths`; a path that yields none is reported and the others go on."""
    calls: dict[Path, None] = {}
    missing = False
    for path in paths:
        try:
            calls.update(dict.fromkeys(expand([path])))
        except CallEngineError as error:
            print(f"call-engine: {error}", file=sys.stderr)
            missing = True
    return list(calls), missing


@contextmanager
def _finishing_on_interrupt(engine: Engine, report: Report) -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C lets the calls in flight finish, the second stops at once; no file is left half-written."""
    interrupts = 0

    def on_interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (the signature is signal's)
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            os._exit(INTERRUPTED)  # an exception would wait for the calls in flight; the disk survives worse
        engine.stop()
        report.say("finishing the calls in flight; Ctrl-C again stops at once, and what is done stays done")

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield lambda: interrupts > 0
    finally:
        signal.signal(signal.SIGINT, before)
