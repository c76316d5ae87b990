"""How good and how fast the analysis is: without a model, and against a vLLM.

extractive  checklist answers with evidence, sentiment, resolution, action items and risks against the labelled
            dialogues of `benchmarks/dialogues/` and the bundled demo calls; calls a second on one core
llm         calls against a vLLM: valid answers, cited utterances that do not exist, prefix-cache hits as the server
            counts them, and requests a second beside vLLM's own benchmark client on the same prompts in the same run
The store has a benchmark of its own, bench_store.py.

usage: python benchmarks/bench_analysis.py [--only extractive llm] [--dry] [--url URL | --weights MODEL] …
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from common import ROOT, write_row

sys.path.insert(0, str(ROOT))  # for the server of random weights, which the tests use too

PARTS = ("extractive", "llm")

Row = tuple[str, str, str, float, int]
"""(part, set, metric, value, count behind it)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--dry", action="store_true", help="print the rows, do not keep them")
    llm = parser.add_argument_group("llm")
    llm.add_argument("--url", help="a running server, .../v1; without it one is started")
    llm.add_argument("--weights", help="model directory or name to serve; without it a tiny model of random weights")
    llm.add_argument("--environment", type=Path, default=ROOT / ".venv-vllm", help="virtual environment with vLLM")
    llm.add_argument("--calls", type=int, default=64)
    llm.add_argument("--utterances", type=int, default=30, help="of each call")
    llm.add_argument("--in-flight", type=int, default=32, help="requests at once")
    llm.add_argument("--output-tokens", type=int, default=3072, help="most tokens of an answer")
    llm.add_argument("--temperature", type=float, default=0.0)
    options = parser.parse_args()
    for part in options.only:
        for row in rows_of(part, options):
            keep(row, options.dry)


def rows_of(part: str, options: argparse.Namespace) -> Iterator[Row]:
    """The figures of a part; its module is loaded only where it is asked for."""
    yield from importlib.import_module(f"analysis_{part}").rows(options)


def keep(row: Row, dry: bool) -> None:
    values = dict(zip(("part", "set", "metric", "value", "count"), row, strict=True))
    values["value"] = round(row[3], 4)
    if dry:
        print("  ".join(f"{key}={value}" for key, value in values.items()))
    else:
        write_row("bench_analysis", values)


if __name__ == "__main__":
    main()
