"""What every benchmark shares: warm-up, repeats, and a CSV row with commit, hardware and command."""

from __future__ import annotations

import csv
import importlib.metadata
import os
import platform
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(os.environ.get("RESULTS") or Path(__file__).parent / "results")


def timed(run: Callable[[], object], repeats: int, warm_up: Callable[[], object]) -> tuple[float, float, float]:
    """Wall seconds of `run`: median, minimum, maximum of `repeats` runs after `warm_up`, which is not counted."""
    warm_up()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), min(seconds), max(seconds)


def write_row(benchmark: str, values: Mapping[str, object]) -> None:
    """Append a row to `results/<benchmark>.csv` and print it; a file with other columns is refused, not mixed up."""
    row = {**environment(), **values}
    path = RESULTS / f"{benchmark}.csv"
    new = not path.exists()
    if not new and path.read_text("utf-8").splitlines()[0].split(",") != list(row):
        raise SystemExit(f"{path} has other columns than this row; move it away first")
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    print("  ".join(f"{key}={value}" for key, value in values.items()))


def environment() -> dict[str, object]:
    """Commit (with + where the tree is changed), hardware, library versions, command."""
    return {
        "commit": _commit(),
        "hardware": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "versions": " ".join(
            f"{name}={importlib.metadata.version(name)}" for name in ("ctranslate2", "faster-whisper")
        ),
        "command": shlex.join(["python", os.path.relpath(sys.argv[0], ROOT), *sys.argv[1:]]),
    }


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "engine", "configs", "benchmarks/*.py")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].split(":", 1)[1].strip() if names else platform.machine()
