"""Train the multilingual speech model, from text to the files in engine/bundled.

    python -m scripts.train_speech_model text --language fr       some generated sentences
    python -m scripts.train_speech_model synthesize --hours 40    speak them (200x to 700x real time)
    python -m scripts.train_speech_model train --minutes 100      train, or go on where a checkpoint was left
    python -m scripts.train_speech_model evaluate                 word error rates of the checkpoint
    python -m scripts.train_speech_model export OUT               Hugging Face and CTranslate2 forms
    python -m scripts.train_speech_model bundle                   what the engine has as "bundled-multilingual"

Work files lie in `.speech_model/` (--folder). Needs the extra `train` and Debian's espeak-ng, flite, festival,
festvox-kallpc16k and festvox-kdlpc16k; on a CPU also libjemalloc2. A GPU is used when there is one.
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
    text = _add(commands, "text", _text)
    text.add_argument("--language", default="en", help="code")
    text.add_argument("--sentences", type=int, default=20, help="how many")
    synthesize = _add(commands, "synthesize", _synthesize)
    synthesize.add_argument("--hours", type=float, default=40.0, help="of speech in all; what is there counts")
    synthesize.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="that speak side by side")
    _add_training(_add(commands, "train", _train))
    evaluate = _add(commands, "evaluate", _evaluate)
    evaluate.add_argument("--sentences", type=int, default=30, help="of each set")
    _add(commands, "export", _export).add_argument("out", type=Path, help="directory")
    _add(commands, "bundle", _bundle)
    arguments = parser.parse_args()
    arguments.run(arguments)


def _add(commands, name, run):  # type: ignore[no-untyped-def]
    command = commands.add_parser(name, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    command.set_defaults(run=run)
    return command


def _add_training(command: argparse.ArgumentParser) -> None:
    command.add_argument("--minutes", type=float, default=100.0, help="wall time of the whole training")
    command.add_argument("--start", type=Path, help="a Whisper directory to begin with, else from nothing")
    command.add_argument("--width", type=int, default=256, help="of the model")
    command.add_argument("--heads", type=int, default=4, help="of every attention; they divide the width")
    command.add_argument("--encoder-layers", type=int, default=4, help="how many")
    command.add_argument("--decoder-layers", type=int, default=5, help="how many")
    command.add_argument("--learning-rate", type=float, default=1e-3, help="the highest")
    command.add_argument("--batch-s", type=float, default=64.0, help="seconds of audio a step")
    command.add_argument("--workers", type=int, default=1, help="processes that compose windows, of each that trains")
    command.add_argument("--processes", type=int, default=1, help="that train side by side on a CPU, a core each")


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

    if arguments.width % arguments.heads:
        raise SystemExit(f"--heads {arguments.heads} does not divide --width {arguments.width}")
    size = Size(arguments.width, arguments.heads, arguments.encoder_layers, arguments.decoder_layers)
    train(
        Training(
            arguments.folder,
            arguments.minutes,
            size,
            start=arguments.start,
            learning_rate=arguments.learning_rate,
            batch_s=arguments.batch_s,
            seed=arguments.seed,
            workers=arguments.workers,
            processes=arguments.processes,
        )
    )


def _evaluate(arguments: argparse.Namespace) -> None:
    from scripts.train_speech_model.evaluation import evaluation_sets, word_error_rates
    from scripts.train_speech_model.train import load_checkpoint

    model, vocabulary, device = load_checkpoint(arguments.folder)
    for name, rate in word_error_rates(model, vocabulary, evaluation_sets(arguments.sentences), device).items():
        print(f"{name:14} {rate:.3f}")


def _export(arguments: argparse.Namespace) -> None:
    from scripts.train_speech_model.export import export

    export(arguments.folder, arguments.out)


def _bundle(arguments: argparse.Namespace) -> None:
    from engine.models import BUNDLED_MULTILINGUAL, bundled_model
    from scripts.train_speech_model.export import bundle

    bundle(arguments.folder, bundled_model(BUNDLED_MULTILINGUAL))


def _preload_jemalloc() -> None:
    """Start again under jemalloc: with glibc's malloc, freeing large tensors turns training into system time.

    Nothing goes back to the kernel, which would clear every page anew: system time fell from 14 to 5 %. With
    huge allocations in the common arenas a process stayed at 3.3 GB for 90 minutes; kept without that, 20 GB were seen.
    """
    found = glob.glob("/usr/lib/*/libjemalloc.so.2")  # noqa: PTH207
    if found and "jemalloc" not in os.environ.get("LD_PRELOAD", ""):
        environment = {
            **os.environ,
            "LD_PRELOAD": found[0],
            "MALLOC_CONF": "oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always",
        }
        os.execve(sys.executable, [sys.executable, "-m", "scripts.train_speech_model", *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
