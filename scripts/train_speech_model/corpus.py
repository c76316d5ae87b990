"""The training speech on disk: shards of utterances, each a file of samples and a file of what is said in them.

A shard is `<name>.pcm` (16 kHz int16, one utterance after another) and `<name>.jsonl` (one Utterance a line), written
under temporary names and renamed, so that a reader never sees half a shard and a killed run loses one shard at most.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from scripts.synthesis import Speech, Voice, speak
from scripts.train_speech_model.grammar import Grammar
from scripts.train_speech_model.languages import FESTIVAL_VOICES, FLITE_VOICES, TRAINED, VARIANTS

MIN_S, MAX_S = 0.4, 14.0
_SECOND_SENTENCE = 0.12
_ENGLISH_SYNTHESIZERS = {"espeak-ng": 0.4, "flite": 0.45, "festival": 0.15}


@dataclass(frozen=True, slots=True)
class Utterance:
    """`samples` from `first_sample` of the shard on; `word_times`: (start_s, end_s) of each whitespace-separated word
    of `text`; `phones`: (name, start_s), "" is a pause."""

    text: str
    language: str
    voice: str
    first_sample: int
    samples: int
    word_times: tuple[tuple[float, float], ...]
    phones: tuple[tuple[str, float], ...]


def synthesize(folder: Path, hours: float, seed: int, processes: int, shard_hours: float = 0.25) -> Iterator[Path]:
    """Speak generated text into shards of `shard_hours` until there are `hours`; yields each finished shard.

    Shards that exist are kept, so that a run can be taken up again; the same seed makes the same shards.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(folder / f"{seed:04d}-{number:04d}", shard_hours) for number in range(round(hours / shard_hours))]
    missing = [(stem, length) for stem, length in wanted if not stem.with_suffix(".jsonl").exists()]
    # a new process for each shard: espeak-ng speaks a sentence a little differently after others
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_write_shard, missing)


def _write_shard(task: tuple[Path, float]) -> Path:
    stem, hours = task
    seed, number = map(int, stem.name.split("-"))
    random = Random(seed * 10_000 + number)
    samples, index = stem.with_suffix(".pcm"), stem.with_suffix(".jsonl")
    with samples.with_suffix(".part").open("wb") as pcm, index.with_suffix(".part.jsonl").open("w") as lines:
        for utterance, spoken in _utterances(random, hours * 3600):
            pcm.write(spoken.tobytes())
            lines.write(json.dumps(asdict(utterance), ensure_ascii=False) + "\n")
    samples.with_suffix(".part").rename(samples)
    index.with_suffix(".part.jsonl").rename(index)
    return index


def _utterances(random: Random, seconds: float) -> Iterator[tuple[Utterance, NDArray[np.int16]]]:
    """Random sentences of all languages in random voices, `seconds` in all."""
    grammars = {language: Grammar(language, random) for language in TRAINED}
    shares = {language: stated.hours_share for language, stated in TRAINED.items()}
    first_sample = 0
    while first_sample < seconds * 16_000:
        language = _drawn(random, shares)
        text = grammars[language].sentence()
        if random.random() < _SECOND_SENTENCE:
            text += " " + grammars[language].sentence()
        voice = random_voice(random, language)
        try:
            speech = speak(text, voice)
        except ValueError:  # the synthesizer read other words than are written
            continue
        if MIN_S <= speech.duration_s <= MAX_S:
            spoken = np.round(np.clip(speech.samples, -1, 1) * 32767).astype(np.int16)
            yield _utterance(text, language, voice, first_sample, speech), spoken
            first_sample += len(spoken)


def _utterance(text: str, language: str, voice: Voice, first_sample: int, speech: Speech) -> Utterance:
    words = tuple((round(word.start_s, 3), round(word.end_s, 3)) for word in speech.words)
    phones = tuple((phone.name, round(phone.start_s, 3)) for phone in speech.phones)
    name = f"{voice.synthesizer}:{voice.name}"
    return Utterance(text, language, name, first_sample, len(speech.samples), words, phones)


def random_voice(random: Random, language: str) -> Voice:
    """A trained voice of the language; the default voice at its own pace is the most frequent."""
    synthesizer = _drawn(random, _ENGLISH_SYNTHESIZERS) if language == "en" else "espeak-ng"
    if synthesizer == "flite":
        return Voice("flite", _drawn(random, FLITE_VOICES), random.uniform(0.8, 1.25))
    if synthesizer == "festival":
        return Voice("festival", _drawn(random, FESTIVAL_VOICES), random.uniform(0.85, 1.2))
    base = _drawn(random, TRAINED[language].voices)
    if random.random() < 0.3:
        return Voice("espeak-ng", base)
    name = base if random.random() < 0.3 else f"{base}+{random.choice(VARIANTS)}"
    return Voice("espeak-ng", name, random.uniform(0.72, 1.45), random.randint(30, 70))


def _drawn(random: Random, weights: Mapping[str, float]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


class Corpus:
    """The finished shards of a folder, by language; samples stay on disk until they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[Path] = set()
        self.by_language: dict[str, list[tuple[NDArray[np.int16], Utterance]]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Take in shards that were finished since."""
        for index in sorted(set(self._folder.glob("*-*.jsonl")) - self._seen):
            if ".part" in index.name:
                continue
            self._seen.add(index)
            samples = np.memmap(index.with_suffix(".pcm"), np.int16, "r")
            for utterance in _read(index.read_text(encoding="utf-8").splitlines()):
                self.by_language.setdefault(utterance.language, []).append((samples, utterance))


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        stated = json.loads(line)
        words = tuple(map(tuple, stated.pop("word_times")))
        yield Utterance(**{**stated, "word_times": words, "phones": tuple(map(tuple, stated["phones"]))})
