"""How well a bundled speech model hears synthetic speech that it was not trained on, through the whole engine.

Texts: "free" sentences were written by hand and are no template's; "generated" ones are new sentences of the training
templates. Every sentence is a call of its own, its language found by the engine. Noise-only calls skip the engine's
voice detection, which would hide them, and go to the model as windows.
usage: python benchmarks/bench_speech_model.py [--sentences 40] [--model NAME] [--beam-size 5]
needs espeak-ng, flite and festival (bash scripts/install-synthesizers) and the extra `train`
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from accuracy import TimedWord, plain, result_words, time_error, word_error_rate
from common import ROOT, write_row
from numpy.typing import NDArray

from engine.asr import WindowTask, load_recognizer
from engine.batching import Batcher
from engine.config import load_profile, replace
from engine.config_types import AsrConfig, EngineConfig
from engine.engine import Engine
from engine.models import BUNDLED_MULTILINGUAL, find_model

sys.path.insert(0, str(ROOT))
from scripts.synthesis import Voice, speak
from scripts.synthesis.speech import SAMPLE_RATE, resampled
from scripts.train_speech_model.grammar import NEW_SHARES, Grammar, held_out
from scripts.train_speech_model.languages import (
    EVALUATED_VARIANTS,
    HELD_OUT_FLITE_VOICE,
    HELD_OUT_VARIANTS,
    TRAINED,
)

SEED = 20_000_003  # of the generated sentences; training never uses it
MARGIN_S = 0.6
TEMPI = (130 / 175, 150 / 175, 1.0, 190 / 175, 210 / 175)
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class SpeechSet:
    """Sentences of `language`, the voices taken in turn; `line` is what the sound went through."""

    name: str
    voices: Sequence[Voice]
    language: str = "en"
    line: Callable[[Samples], Samples] = lambda samples: samples


def telephone(samples: Samples) -> Samples:
    """8 kHz and ITU-T G.711 mu-law, there and back."""
    narrow = resampled(samples, SAMPLE_RATE, 8_000)
    level = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    coarse = np.round((level + 1) / 2 * 255) / 255 * 2 - 1
    heard = np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255
    return resampled(heard.astype(np.float32), 8_000, SAMPLE_RATE)


def espeak(*names: str, tempi: Sequence[float] = (1.0,)) -> list[Voice]:
    return [Voice("espeak-ng", name, tempo) for name, tempo in zip(names, cycle(tempi), strict=False)]


CLEAN = espeak("gmw/en-US", "gmw/en")
VARIANTS = espeak(*(f"gmw/en-US+{name}" for name in EVALUATED_VARIANTS), tempi=TEMPI)
OTHERS = [*(Voice("flite", name) for name in ("slt", "rms", "kal16")), Voice("festival", "kal_diphone")]
SETS = (
    SpeechSet("espeak-ng en-us and en-gb", CLEAN),
    SpeechSet("espeak-ng, 8 variants, 130-210 wpm", VARIANTS),
    SpeechSet("flite and festival", OTHERS),
    SpeechSet("all of these by telephone", [*CLEAN, *VARIANTS, *OTHERS], line=telephone),
    SpeechSet("espeak-ng variants never trained on", espeak(*(f"gmw/en-US+{name}" for name in HELD_OUT_VARIANTS))),
    SpeechSet("flite voice never trained on", [Voice("flite", HELD_OUT_FLITE_VOICE)]),
    *(
        SpeechSet(f"espeak-ng {code}", espeak(next(iter(stated.voices))), code)
        for code, stated in TRAINED.items()
        if code != "en"
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sentences", type=int, default=40, help="of each kind in a set (default: 40)")
    parser.add_argument(
        "--model",
        type=find_model,
        default=BUNDLED_MULTILINGUAL,
        metavar="NAME",
        help="a model's name or directory (default: bundled-multilingual)",
    )
    parser.add_argument("--beam-size", type=int, default=1, help="texts followed side by side (default: 1)")
    options = parser.parse_args()
    config = _config(options.model, options.beam_size)
    engine = Engine(config)
    for speech_set in SETS:
        for kind, texts in _texts(speech_set.language, options.sentences).items():
            _write(options.model, speech_set.name, kind, **_measured(engine, speech_set, texts))
    _write(options.model, "silence and noise", "none", **_invented(config.asr, options.model, windows=200))


def _config(model: Path, beam_size: int) -> EngineConfig:
    stated = {
        "asr": {"model": str(model), "language": "auto", "beam_size": beam_size},
        "privacy": {"entities": ("none",)},
        "analysis": {"backend": "none"},
    }
    return replace(load_profile("demo"), stated)


def _texts(language: str, count: int) -> dict[str, list[str]]:
    grammar = Grammar(language, Random(SEED), NEW_SHARES)
    return {"free": held_out(language)[:count], "generated": [grammar.sentence() for _ in range(count)]}


def _measured(engine: Engine, speech_set: SpeechSet, texts: Sequence[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        calls = [*_recorded(speech_set, texts, Path(folder))]
        results = {result.source.path: result for result in engine.process_many([path for path, _ in calls])}
    heard = [result_words(results[str(path)]) for path, _ in calls]
    said = [words for _, words in calls]
    languages = [results[str(path)].language for path, _ in calls]
    found = [language is not None and language.code == speech_set.language for language in languages]
    median_s, p95_s = time_error(said, heard)
    return {
        "sentences": len(texts),
        "words": sum(map(len, said)),
        "wer": round(word_error_rate(said, heard), 4),
        "language_found": round(sum(found) / len(found), 3),
        "word_start_median_s": round(median_s, 3),
        "word_start_p95_s": round(p95_s, 3),
        "windows_with_words": "",
    }


def _recorded(speech_set: SpeechSet, texts: Sequence[str], folder: Path) -> Iterator[tuple[Path, list[TimedWord]]]:
    """Each sentence as a file, and its words with the synthesizer's times. Sentences it cannot read are left out."""
    for number, (text, voice) in enumerate(zip(texts, islice(cycle(speech_set.voices), len(texts)), strict=True)):
        try:
            speech = speak(text, voice)
        except ValueError:
            continue
        margin = np.zeros(round(MARGIN_S * SAMPLE_RATE), np.float32)
        path = folder / f"{number:04d}.wav"
        soundfile.write(path, speech_set.line(np.concatenate([margin, speech.samples, margin])), SAMPLE_RATE)
        words = [TimedWord(part, MARGIN_S + word.start_s) for word in speech.words for part in plain(word.text)]
        yield path, words


def _invented(config: AsrConfig, model: Path, windows: int) -> dict[str, object]:
    """Share of windows of silence and noise in which the model writes words."""
    recognizer = load_recognizer(config, model)
    batcher = Batcher(recognizer, 600.0)
    heard = batcher.recognize(WindowTask(_noise(seed), "en") for seed in range(windows))
    worded = sum(bool(recognition.text.strip()) for recognition in heard)
    return {
        "sentences": windows,
        "words": 0,
        "wer": "",
        "language_found": "",
        "word_start_median_s": "",
        "word_start_p95_s": "",
        "windows_with_words": round(worded / windows, 4),
    }


def _noise(seed: int) -> Samples:
    """Digital silence, white, pink or humming noise at any level, 2 to 7 seconds."""
    draw = np.random.default_rng(seed)
    count = round(draw.uniform(2, 7) * SAMPLE_RATE)
    spectrum = np.fft.rfft(draw.standard_normal(count))
    colored = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** draw.choice((0.0, 0.5, 1.0)), n=count)
    hum = np.sin(2 * np.pi * 50 * np.arange(count) / SAMPLE_RATE) * draw.choice((0.0, 0.5))
    noise = (colored / colored.std() / 4 + hum) * 10 ** draw.uniform(-4, -0.5) * (seed % 5 > 0)
    return np.clip(noise, -1, 1).astype(np.float32)


def _write(model: Path, name: str, kind: str, **measured: object) -> None:
    write_row("bench_speech_model", {"model": model.name, "speech": name, "texts": kind, **measured})


if __name__ == "__main__":
    main()
