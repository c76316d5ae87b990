"""Training windows: utterances laid into 3 to 30 seconds with pauses, as tokens, attention spans and phones.

A window holds one language and one or several utterances by one or two speakers in turn; its last utterance may be cut
off by the end, some windows hold no speech at all. All windows of a batch are equally long.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scripts.train_speech_model.corpus import Corpus, Utterance
from scripts.train_speech_model.languages import TRAINED
from scripts.train_speech_model.model import DECODER_POSITIONS
from scripts.train_speech_model.vocabulary import Vocabulary

RATE = 16_000
FRAMES_A_SECOND = 50
IGNORED = -100
EARLY = {3: 0.3, 5: 0.45, 8: 0.25}
MIDDLE = {3: 0.15, 5: 0.35, 8: 0.35, 15: 0.15}
LATE = {3: 0.12, 5: 0.32, 8: 0.34, 15: 0.14, 30: 0.08}
"""Window lengths in seconds and their share of the batches: long windows come when attention has found its way, and
late, since they cost the most."""

_SILENT, _WITH_TIMESTAMPS, _WITH_PROMPT, _CUT_OFF, _SAME_SPEAKER, _ENDS_EARLY = 0.03, 0.6, 0.05, 0.3, 0.5, 0.08
_MIN_CUT_S = 0.4
_PROMPT_TOKENS = 100
_SPAN_MARGIN_FRAMES = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """`audio` (batch, samples) int16; `tokens` and `labels` (batch, tokens); `spans` (batch, tokens, 2): the frames in
    which a token is said, -1 where that is unknown; `phones` (batch, frames), IGNORED where unknown."""

    audio: Tensor
    tokens: Tensor
    labels: Tensor
    spans: Tensor
    phones: Tensor

    def to(self, device: str) -> Batch:
        return Batch(*(getattr(self, name).to(device, non_blocking=True) for name in self.__slots__))


@dataclass(slots=True)
class _Window:
    """A window as it is filled."""

    audio: NDArray[np.float32]
    phones: NDArray[np.int64]
    tokens: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    prompt: list[int] = field(default_factory=list)

    def say(self, tokens: Sequence[int], spans: Sequence[tuple[int, int]] | None = None) -> None:
        self.tokens += tokens
        self.spans += spans or [(-1, -1)] * len(tokens)


class Composer:
    """Endless batches from a corpus."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary, phones: Sequence[str], random: Random) -> None:
        self._vocabulary, self._random = vocabulary, random
        self._by_length = {
            language: sorted(said, key=lambda item: item[1].samples) for language, said in corpus.by_language.items()
        }
        self._phones = {name: index for index, name in enumerate(phones)}
        self._shares = {language: stated.hours_share for language, stated in TRAINED.items()}

    def batches(self, buckets: Mapping[int, float], audio_seconds: float) -> Iterator[Batch]:
        """Batches of `audio_seconds` in windows of one of the `buckets` (seconds: share)."""
        while True:
            (length_s,) = self._random.choices(list(buckets), list(buckets.values()))
            windows = [self._window(length_s) for _ in range(max(1, round(audio_seconds / length_s)))]
            yield self._batch(windows)

    def _window(self, length_s: int) -> _Window:
        window = _Window(np.zeros(length_s * RATE, np.float32), np.zeros(length_s * FRAMES_A_SECOND, np.int64))
        language = self._random.choices(list(self._shares), list(self._shares.values()))[0]
        id_of = self._vocabulary.id
        with_timestamps = self._random.random() < _WITH_TIMESTAMPS
        silent = self._random.random() < _SILENT
        window.say([id_of("nospeech") if silent else id_of(language), id_of("transcribe")])
        if not with_timestamps:
            window.say([id_of("notimestamps")])
        if silent:
            _fill_with_noise(window.audio, self._random)
        else:
            self._fill(window, language, with_timestamps)
        window.say([id_of("endoftext")])
        return window

    def _fill(self, window: _Window, language: str, with_timestamps: bool) -> None:
        """Utterances until one does not fit; that one is left out or cut off by the end."""
        room_s, position_s = len(window.audio) / RATE, self._pause()
        samples, utterance = self._utterance(language, longest_s=room_s - position_s)
        while position_s + len(samples) / RATE <= room_s:
            position_s = self._lay(window, samples, utterance, position_s, with_timestamps) + self._pause()
            if position_s > room_s - _MIN_CUT_S or self._random.random() < _ENDS_EARLY:
                return
            samples, utterance = self._utterance(language, utterance.voice)
        self._cut_off(window, samples, position_s, with_timestamps)

    def _lay(
        self, window: _Window, samples: NDArray[np.float32], utterance: Utterance, start_s: float, with_timestamps: bool
    ) -> float:
        """Put an utterance at `start_s`; returns where it ends."""
        pace = utterance.samples / len(samples)
        first = round(start_s * RATE)
        window.audio[first : first + len(samples)] += samples[: len(window.audio) - first]
        end_s = start_s + len(samples) / RATE
        ids, spans = self._tokens(utterance, start_s, pace)
        if with_timestamps:
            window.say([self._vocabulary.timestamp(start_s)])
        window.say(ids, spans)
        if with_timestamps:
            window.say([self._vocabulary.timestamp(end_s)])
        self._label(window.phones, utterance, start_s, end_s, pace)
        return end_s

    def _cut_off(self, window: _Window, samples: NDArray[np.float32], start_s: float, with_timestamps: bool) -> None:
        """The beginning of an utterance that the window cuts off: only its start is written, as Whisper does."""
        room_s = len(window.audio) / RATE - start_s
        if with_timestamps and room_s > _MIN_CUT_S and self._random.random() < _CUT_OFF:
            room = window.audio[round(start_s * RATE) :]
            room += samples[: len(room)]
            window.phones[round(start_s * FRAMES_A_SECOND) :] = IGNORED
            window.say([self._vocabulary.timestamp(start_s)])

    def _utterance(
        self, language: str, voice_before: str = "", longest_s: float = 30.0
    ) -> tuple[NDArray[np.float32], Utterance]:
        """A random utterance of at most `longest_s`, often by the voice before; its samples at its pace, and itself."""
        pace = self._random.uniform(0.86, 1.17) if self._random.random() < 0.5 else 1.0
        said = self._by_length[language]
        short_enough = bisect_right(said, longest_s * pace * RATE, key=lambda item: item[1].samples)
        samples, utterance = said[self._random.randrange(max(short_enough, 1))]
        if voice_before and self._random.random() < _SAME_SPEAKER:
            drawn = (self._random.choice(said) for _ in range(60))
            samples, utterance = next((item for item in drawn if item[1].voice == voice_before), (samples, utterance))
        spoken = samples[utterance.first_sample :][: utterance.samples].astype(np.float32) / 32768
        return _at_pace(spoken, pace) * self._random.uniform(0.5, 1), utterance

    def _tokens(self, utterance: Utterance, start_s: float, pace: float) -> tuple[list[int], list[tuple[int, int]]]:
        """The tokens of an utterance and the frames in which each is said, by its letters' share of the word."""
        encoded = self._vocabulary.tokenizer.encode(" " + utterance.text)
        places = _word_places(utterance.text)
        spans = []
        for first, last in encoded.offsets:
            index = next(i for i, (_, word_end) in enumerate(places) if max(first - 1, 0) < word_end)
            word_start, word_end = places[index]
            from_s, to_s = utterance.word_times[index]
            a_letter = (to_s - from_s) / (word_end - word_start)
            begin = start_s + (from_s + max(first - 1 - word_start, 0) * a_letter) / pace
            end = start_s + (from_s + max(last - 1 - word_start, 0) * a_letter) / pace
            spans.append((_frame(begin) - _SPAN_MARGIN_FRAMES, _frame(end) + _SPAN_MARGIN_FRAMES))
        return encoded.ids, [(max(begin, 0), end) for begin, end in spans]

    def _label(self, labels: NDArray[np.int64], said: Utterance, start_s: float, end_s: float, pace: float) -> None:
        starts = [_frame(start_s + phone_s / pace) for _, phone_s in said.phones]
        for (name, _), first, last in zip(said.phones, starts, [*starts[1:], _frame(end_s)], strict=True):
            labels[max(first, 0) : max(last, 0)] = self._phones.get(name, IGNORED)

    def _pause(self) -> float:
        longest = self._random.choice((0.3, 0.6, 1.2))
        return self._random.uniform(0.05, longest)

    def _batch(self, windows: list[_Window]) -> Batch:
        if self._random.random() < _WITH_PROMPT:  # the whole batch: a prompt beside none would be mostly padding
            for window in windows:
                window.prompt = self._prompt()
        longest = max(len(window.prompt) + len(window.tokens) for window in windows)
        length = min(-(-longest // 16) * 16, DECODER_POSITIONS)
        rows = [self._row(window, length) for window in windows]
        tokens, labels, spans = (torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True))
        audio = np.stack([np.clip(window.audio, -1, 1) * 32767 for window in windows]).astype(np.int16)
        phones = np.stack([window.phones for window in windows])
        return Batch(torch.from_numpy(audio), tokens, labels, spans, torch.from_numpy(phones))

    def _row(self, window: _Window, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Inputs, labels (the inputs one on, the prompt ignored) and spans, padded to `length`."""
        vocabulary = self._vocabulary
        inputs = [*window.prompt, vocabulary.id("startoftranscript"), *window.tokens[:-1]][:length]
        labels = [*(IGNORED for _ in window.prompt), *window.tokens][:length]
        spans = [*((-1, -1) for _ in window.prompt), *window.spans][:length]
        if window.tokens[0] == vocabulary.id("nospeech"):  # after any language there is nothing to write
            inputs[len(window.prompt) + 1] = vocabulary.id(self._random.choice(list(self._shares)))
        padding = length - len(inputs)
        return (
            np.array(inputs + [vocabulary.id("endoftext")] * padding),
            np.array(labels + [IGNORED] * padding),
            np.array(spans + [(-1, -1)] * padding),
        )

    def _prompt(self) -> list[int]:
        """Text as it may stand before a window; it has nothing to do with what is said."""
        language = self._random.choice(list(self._shares))
        texts = [self._random.choice(self._by_length[language])[1].text for _ in range(self._random.randint(1, 4))]
        ids = self._vocabulary.tokenizer.encode(" " + " ".join(texts)).ids
        return [self._vocabulary.id("startofprev"), *ids[-_PROMPT_TOKENS:]]


def _at_pace(samples: NDArray[np.float32], pace: float) -> NDArray[np.float32]:
    """Faster and higher (pace above 1) or slower and deeper, by linear interpolation."""
    if pace == 1.0:
        return samples
    places = np.arange(0, len(samples) - 1, pace)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def _fill_with_noise(audio: NDArray[np.float32], random: Random) -> None:
    """Digital silence, hiss at any level, or noise that comes and goes."""
    if random.random() < 0.2:
        return
    draw = np.random.default_rng(random.getrandbits(32))
    audio += draw.standard_normal(len(audio)).astype(np.float32) * 10 ** random.uniform(-4, -0.7)
    if random.random() < 0.3:
        audio *= np.interp(np.arange(len(audio)), np.linspace(0, len(audio), 8), draw.random(8)).astype(np.float32)


def _word_places(text: str) -> list[tuple[int, int]]:
    places, position = [], 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        places.append((start, position))
    return places


def _frame(seconds: float) -> int:
    return round(seconds * FRAMES_A_SECOND)
