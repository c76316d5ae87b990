"""Generate calls and texts, train the tagger on them, evaluate it, and write a model directory with its manifest.

usage: python -m scripts.train_privacy_model OUT [--samples 100000] [--languages en fr es de] [--checkpoint FILE]
usage: python -m scripts.train_privacy_model OUT [--samples 100000] [--languages en fr es de] [--checkpoint F]
training text on every machine, and the same weights on the same machine.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from engine.models import write_manifest
from engine.privacy.tagger import Tagger
from scripts.train_privacy_model.corpus import Sample, samples
from scripts.train_privacy_model.evaluation import evaluate
from scripts.train_privacy_model.training import save, train

_SHARES = 8
"""Parts in which the samples of a language are made, side by side."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="model directory to write")
    parser.add_argument("--samples", type=int, default=100_000, help="calls and texts in English")
    parser.add_argument("--other-samples", type=int, default=18_000, help="and in each other language")
    parser.add_argument("--languages", nargs="+", default=["en", "fr", "es", "de"])
    parser.add_argument("--width", type=int, default=64, help="numbers that stand for a word")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=3072, help="tokens")
    parser.add_argument("--rate", type=float, default=0.005, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", type=Path, help="file to save every epoch in, and to go on from if it exists")
    options = parser.parse_args()
    text = generated(options.languages, options.samples, options.other_samples, options.seed)
    print(f"{len(text)} samples, {sum(len(sample.tokens) for sample in text)} tokens", flush=True)
    network, words = train(
        text,
        options.languages,
        width=options.width,
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
        seed=options.seed,
        checkpoint=options.checkpoint,
    )
    save(options.out, network, words, options.languages)
    report(options.out, options.languages, options.seed)
    write_manifest(options.out)


def generated(languages: list[str], english: int, other: int, seed: int) -> list[Sample]:
    """The training text of all languages."""
    counts = {language: english if language == "en" else other for language in languages}
    shares = [
        (language, count // _SHARES, seed * _SHARES + part)
        for language, count in counts.items()
        for part in range(_SHARES)
    ]
    with ProcessPoolExecutor(2) as pool:
        return [sample for made in pool.map(_share, shares) for sample in made]


def _share(share: tuple[str, int, int]) -> list[Sample]:
    return list(samples(*share))


def report(directory: Path, languages: list[str], seed: int) -> None:
    """Print how well the model does on templates and values that it was not trained on."""
    tagger = Tagger(directory)
    for language in languages:
        print(f"{language}: entity, precision, recall, F1, spans")
        held_out = samples(language, 1500, seed, held_out=True)
        for entity, (precision, recall, f1, count) in evaluate(tagger, held_out).items():
            print(f"  {entity:24}{precision:8.3f}{recall:8.3f}{f1:8.3f}{count:8}", flush=True)


if __name__ == "__main__":
    main()
