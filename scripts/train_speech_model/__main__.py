"""Train the bundled speech model, from text to the files in engine/bundled/whisper-nano.

    python -m scripts.train_speech_model text --language fr       some generated sentences
    python -m scripts.train_speech_model synthesize --hours 40    speak them (700x real time a core or less)
    python -m scripts.train_speech_model train --minutes 100      train; --resume is implied by a checkpoint
    python -m scripts.train_speech_model export OUT               Hugging Face and CTranslate2 forms

Work files lie in `.speech_model/` (--folder). Needs the extra `train` and Debian's espeak-ng, flite, festival,
festvox-kallpc16k; on a CPU also libjemalloc2. A GPU is used when there is one.
"""

from __future__ import annotations

import argparse
import glob
import os
import sys
from pathlib import Path
from random import Random

from scripts.train_speech_model.languages import LANGUAGES


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.train_speech_model", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(".speech_model"), help="work files (default: .speech_model)"
    )
    parser.add_argument("--seed", type=int, default=1)
    commands = parser.add_subparsers(required=True)
    _add(commands, "text", _text, ("--language", str, "en"), ("--sentences", int, 20))
    _add(commands, "synthesize", _synthesize, ("--hours", float, 40.0), ("--processes", int, os.cpu_count() or 1))
    _add(
        commands,
        "train",
        _train,
        ("--minutes", float, 100.0),
        ("--width", int, 192),
        ("--encoder-layers", int, 4),
        ("--decoder-layers", int, 3),
        ("--learning-rate", float, 1.5e-3),
        ("--batch-s", float, 48.0),
        ("--workers", int, 1),
    )
    _add(commands, "export", _export).add_argument("out", type=Path)
    arguments = parser.parse_args()
    arguments.run(arguments)


def _add(commands, name, run, *options):  # type: ignore[no-untyped-def]
    command = commands.add_parser(name, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for flag, kind, default in options:
        command.add_argument(flag, type=kind, default=default, help=" ")
    command.set_defaults(run=run)
    return command


def _text(arguments: argparse.Namespace) -> None:
    from scripts.train_speech_model.grammar import Grammar

    if arguments.language not in LANGUAGES:
        raise SystemExit(f"no language {arguments.language!r}; there are {', '.join(LANGUAGES)}")
    grammar = Grammar(arguments.language, Random(arguments.seed))
    for _ in range(arguments.sentences):
        print(grammar.sentence())


def _synthesize(arguments: argparse.Namespace) -> None:
    from scripts.train_speech_model.corpus import synthesize

    for shard in synthesize(arguments.folder / "corpus", arguments.hours, arguments.seed, arguments.processes):
        print(shard, flush=True)


def _train(arguments: argparse.Namespace) -> None:
    _preload_jemalloc()
    from scripts.train_speech_model.model import Size
    from scripts.train_speech_model.train import Training, train

    size = Size(arguments.width, arguments.width // 48, arguments.encoder_layers, arguments.decoder_layers)
    train(
        Training(
            arguments.folder,
            arguments.minutes,
            size,
            arguments.learning_rate,
            arguments.batch_s,
            arguments.seed,
            arguments.workers,
        )
    )


def _export(arguments: argparse.Namespace) -> None:
    from scripts.train_speech_model.export import export

    export(arguments.folder, arguments.out)


def _preload_jemalloc() -> None:
    """Start again under jemalloc: with glibc's malloc, freeing large tensors turns training into system time."""
    found = glob.glob("/usr/lib/*/libjemalloc.so.2")  # noqa: PTH207
    if found and "jemalloc" not in os.environ.get("LD_PRELOAD", ""):
        environment = {
            **os.environ,
            "LD_PRELOAD": found[0],
            "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1",
        }
        os.execve(sys.executable, [sys.executable, "-m", "scripts.train_speech_model", *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
