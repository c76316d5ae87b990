"""The torch backend: continuous batching. A window takes a slot, and the slot goes to the next one when it is done.

`step` is one scheduling round: admit waiting windows into free slots, decode a few tokens of all slots together,
harvest the slots that are finished. Which call, channel or stream a window comes from makes no difference, and what
stands in the other slots makes none to its text. This file is the host's side; `runner.py` is the device's.
"""

from __future__ import annotations

import heapq
import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from engine.asr.alignment import aligned_words
from engine.asr.decoded import Decoded, cancelled, frame_buckets, padded_frames, recognition, token_limit
from engine.asr.features import FRAMES_PER_SECOND, window_seconds
from engine.asr.ladder import Attempt, settle
from engine.asr.recognizer import Recognition, WindowTask
from engine.asr.tokenizer import Tokenizer, Vocabulary
from engine.asr.whisper.cache import Cache
from engine.asr.whisper.device import place
from engine.asr.whisper.front_end import FrontEnd
from engine.asr.whisper.rules import TokenIds
from engine.asr.whisper.runner import Ended, Prompt, Runner, Written
from engine.asr.whisper.sequences import Start
from engine.asr.whisper.weights import load
from engine.config import AsrConfig
from engine.errors import CallEngineError, ConfigurationError, InputError, TranscriptionError
from engine.types import SAMPLE_RATE, Word

_QUEUED = 2  # windows waiting for each slot, so that a free slot never waits for the batcher

Finished = tuple[WindowTask, Recognition]


@dataclass(frozen=True, slots=True)
class _Running:
    """A window in a slot; `longest`: tokens it has at most, prompt and all, known without asking the device."""

    attempt: Attempt
    tokenizer: Tokenizer
    prompt: Prompt
    frames: int
    longest: int

    @property
    def duration_s(self) -> float:
        return len(self.attempt.task.samples) / SAMPLE_RATE


class WhisperRecognizer:
    """Any Whisper directory of Hugging Face or CTranslate2, on a CPU or a CUDA device."""

    def __init__(self, config: AsrConfig, model: Path) -> None:
        _check(config)
        self._config = config
        self._placement = place(config)
        self._checkpoint = checkpoint = load(model, self._placement.device, self._placement.dtype)
        self._vocabulary = Vocabulary(model, checkpoint.multilingual, checkpoint.language_ids)
        self._front_end = FrontEnd(checkpoint.model.dimensions.mels, self._placement.device)
        self._buckets = frame_buckets(config, window_seconds(model))
        self._waiting: list[tuple[float, int, Attempt]] = []
        self._order = itertools.count()
        self._finished: list[Finished] = []
        self._allocate(self._placement.slots(config, self._bytes_a_slot()))
        self.name = f"{model.name} (torch, {self._placement.dtype_name}, {self.device})"

    @property
    def window_s(self) -> float:
        return self._buckets[-1] / FRAMES_PER_SECOND

    @property
    def languages(self) -> frozenset[str]:
        return self._vocabulary.languages

    @property
    def device(self) -> str:
        """ "cpu" or "cuda"."""
        return str(self._placement.device.type)

    @property
    def slots(self) -> int:
        """How many windows are decoded together at most."""
        return len(self._slots)

    @property
    def capacity(self) -> int:
        return max(0, (1 + _QUEUED) * self.slots - len(self._waiting) - len(self._occupied()))

    def submit(self, tasks: Sequence[WindowTask]) -> None:
        for task in tasks:
            if fault := self._fault(task):
                self._finished.append((task, Recognition(error=fault)))
            else:
                self._enqueue(Attempt(task))

    def step(self) -> list[Finished]:
        """One round; returns the windows that finished in it."""
        with torch.inference_mode():
            try:
                self._drop_cancelled()
                self._admit()
                self._decode()
                self._harvest()
            except torch.OutOfMemoryError as error:
                self._shrink(error)
            except Exception as error:
                slots, running = zip(*self._occupied(), strict=True)
                self._failed([one.attempt for one in running], slots, error)
        finished, self._finished = self._finished, []
        return finished

    def close(self) -> None:
        """Give the device's memory back."""
        del self._runner, self._checkpoint
        self._placement.release()

    # --- admit --------------------------------------------------------------------------------------------------------

    def _fault(self, task: WindowTask) -> CallEngineError | None:
        """Why a window cannot be decoded at all."""
        seconds, longest = len(task.samples) / SAMPLE_RATE, self.window_s
        if seconds > longest:
            return InputError("a window is too long", received=f"{seconds:.2f} s", expected=f"{longest:g} s at most")
        if not np.isfinite(task.samples).all():
            return InputError("a window holds samples that are no numbers", expected="finite samples")
        return None

    def _enqueue(self, attempt: Attempt) -> None:
        """Windows with a deadline come first, the earliest before the others."""
        heapq.heappush(self._waiting, (attempt.task.deadline_s, next(self._order), attempt))

    def _drop_cancelled(self) -> None:
        for slot, running in self._occupied():
            if running.attempt.task.cancelled.is_set():
                self._free(slot)
                self._finished.append((running.attempt.task, cancelled()))

    def _admit(self) -> None:
        """Windows into free slots, the lowest first, in batches that are padded alike."""
        while self._waiting and (free := [slot for slot, running in enumerate(self._slots) if running is None]):
            batch = list(self._taken_together(min(len(free), self._placement.encoder_batch)))
            slots = free[: len(batch)]
            try:
                self._begin(batch, slots)
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                self._failed(batch, slots, error)

    def _taken_together(self, count: int) -> Iterator[Attempt]:
        """Up to `count` of the windows that are next, as long as they are padded alike; cancelled ones are dropped."""
        frames = 0
        while count and self._waiting:
            attempt = self._waiting[0][2]
            if frames and (attempt.alone or frames != padded_frames(attempt.task, self._buckets)):
                return
            heapq.heappop(self._waiting)
            if attempt.task.cancelled.is_set():
                self._finished.append((attempt.task, cancelled()))
                continue
            frames = padded_frames(attempt.task, self._buckets)
            count = 0 if attempt.alone else count - 1
            yield attempt

    def _failed(self, batch: Sequence[Attempt], slots: Sequence[int], error: Exception) -> None:
        """The fault of one window must not cost the others: each is tried once more, admitted alone."""
        for slot in slots:
            self._free(slot)
        for attempt in batch:
            if attempt.alone or len(batch) == 1:
                self._finished.append((attempt.task, _faulty(self.name, error)))
            else:
                self._enqueue(replace(attempt, alone=True))

    def _begin(self, batch: Sequence[Attempt], slots: Sequence[int]) -> None:
        """Encode windows into slots and read their prompts; questions for the language are answered at once."""
        if not batch:
            return
        frames = padded_frames(batch[0].task, self._buckets)
        started = [self._prompted(attempt, frames) for attempt in batch]
        for slot, running in zip(slots, started, strict=True):
            self._slots[slot] = running
        mels = self._front_end.log_mels([attempt.task.samples for attempt in batch], frames)
        scores = self._runner.begin(mels, [running.prompt for running in started], slots)
        for row, (slot, running) in enumerate(zip(slots, started, strict=True)):
            if running.attempt.task.language is None:
                self._free(slot)
                self._finished.append((running.attempt.task, self._languages_heard(scores[row].tolist())))
            else:
                self._start(slot, running)

    def _prompted(self, attempt: Attempt, frames: int) -> _Running:
        task = attempt.task
        tokenizer = self._vocabulary.tokenizer(task.language or self._vocabulary.any_language)
        start = tokenizer.start_sequence[0]
        tokens = tokenizer.prompt(timestamps=not self._config.word_times, initial_prompt=task.prompt)
        prompt = Prompt(tokens, tokens.index(start)) if task.language else Prompt([start], 0)
        return _Running(attempt, tokenizer, prompt, frames, len(prompt.tokens))

    def _start(self, slot: int, running: _Running) -> None:
        """Let a slot write at the temperature of its attempt; the seed is the window's own, whatever the batch."""
        attempt, length = running.attempt, len(running.prompt.tokens)
        temperature = self._temperature(running)
        seed = zlib.crc32(attempt.task.samples.tobytes()) + attempt.rung if temperature > 0 else 0
        self._slots[slot] = replace(running, longest=length)
        self._runner.start(slot, Start(length, token_limit(length, running.frames), temperature, seed))

    def _languages_heard(self, scores: Sequence[float]) -> Recognition:
        """Probabilities over the languages that the model was trained for."""
        ids = self._vocabulary.language_ids
        logits = np.array([scores[i] for i in ids.values()])
        odds = np.exp(logits - logits.max())
        return Recognition(languages=dict(zip(ids, (odds / odds.sum()).tolist(), strict=True)))

    # --- decode and harvest -------------------------------------------------------------------------------------------

    def _decode(self) -> None:
        """A few tokens for all slots up to the last one that is taken."""
        occupied = self._occupied()
        for slot, running in occupied:
            self._slots[slot] = replace(running, longest=running.longest + self._placement.steps)
        if occupied:
            longest = max(running.longest for _, running in occupied) + self._placement.steps
            warm = any(self._temperature(running) > 0 for _, running in occupied)
            self._runner.decode(occupied[-1][0] + 1, longest, warm)

    def _harvest(self) -> None:
        """Take the text of finished slots; a text that fails the gates is decoded again in its slot, warmer."""
        flags = self._runner.finished()
        done = [(slot, running) for slot, running in self._occupied() if flags[slot]]
        ended = [Ended(slot, running.prompt, _states(running.duration_s)) for slot, running in done]
        for (slot, running), written in zip(done, self._runner.written(ended) if ended else (), strict=True):
            outcome = settle(running.attempt, self._recognition(running, written), self._config)
            if isinstance(outcome, Attempt):
                self._start(slot, replace(running, attempt=outcome))
            else:
                self._free(slot)
                self._finished.append((running.attempt.task, outcome))

    def _recognition(self, running: _Running, written: Written) -> Recognition:
        decoded = Decoded(
            written.tokens,
            self._words(running, written),
            written.log_probability / (len(written.tokens) + 1),
            written.no_speech_probability,
            self._temperature(running),
        )
        return recognition(decoded, running.tokenizer, running.duration_s, self._config.word_times)

    def _words(self, running: _Running, written: Written) -> tuple[Word, ...]:
        if not self._config.word_times or not written.tokens:
            return ()
        path = list(enumerate(written.frames))
        return aligned_words(running.tokenizer, written.tokens, path, written.probabilities, running.duration_s)

    # --- slots --------------------------------------------------------------------------------------------------------

    def _allocate(self, slots: int) -> None:
        """A runner with so many slots, all free."""
        model, timestamps = self._checkpoint.model, not self._config.word_times
        positions, ids = self._buckets[-1] // 2, self._token_ids()
        self._runner = Runner(model, self._placement, ids, self._heads(), timestamps, positions, slots)
        self._slots: list[_Running | None] = [None] * slots

    def _token_ids(self) -> TokenIds:
        tokenizer = self._vocabulary.tokenizer(self._vocabulary.any_language)
        named = self._vocabulary.named_ids
        return TokenIds(
            end_of_text=tokenizer.end_of_text,
            no_speech=named.no_speech,
            no_timestamps=named.no_timestamps,
            first_timestamp=tokenizer.first_timestamp,
            suppressed=tuple({*tokenizer.suppressed, *self._checkpoint.suppressed}),
            not_first=self._checkpoint.not_first,
        )

    def _heads(self) -> tuple[tuple[int, int], ...]:
        return self._checkpoint.alignment_heads if self._config.word_times else ()

    def _bytes_a_slot(self) -> int:
        dimensions, width = self._checkpoint.model.dimensions, self._placement.dtype.itemsize
        return Cache.bytes_a_slot(dimensions, self._buckets[-1] // 2, len(self._heads()), width)

    def _temperature(self, running: _Running) -> float:
        return self._config.temperatures[running.attempt.rung]

    def _occupied(self) -> list[tuple[int, _Running]]:
        return [(slot, running) for slot, running in enumerate(self._slots) if running is not None]

    def _free(self, slot: int) -> None:
        self._slots[slot] = None
        self._runner.stop(slot)

    def _shrink(self, error: Exception) -> None:
        """Half the slots after the device ran out of memory; what was running is queued again from where it stood."""
        running = [one.attempt for _, one in self._occupied()]
        if self.slots == 1:
            self._finished += [(attempt.task, _too_large(error)) for attempt in running]
            running = []
        del self._runner
        self._placement.release()
        self._allocate(max(1, self.slots // 2))
        for attempt in running:
            self._enqueue(attempt)


def _check(config: AsrConfig) -> None:
    if config.beam_size > 1:
        raise ConfigurationError(
            "configuration key asr.beam_size",
            received=config.beam_size,
            expected="1: the torch backend decodes greedily and by temperature",
            remedy='set it to 1, or asr.backend = "ctranslate2"',
        )


def _states(duration_s: float) -> int:
    """Encoder states of a window's own sound, two at least."""
    return max(4, round(duration_s * FRAMES_PER_SECOND)) // 2


def _faulty(name: str, error: Exception) -> Recognition:
    return Recognition(error=TranscriptionError(f"{name} failed on a window: {type(error).__name__}: {error}"))


def _too_large(error: Exception) -> Recognition:
    fault = TranscriptionError(
        "one window alone does not fit the device's memory",
        received=type(error).__name__,
        remedy="free memory of the device (asr.cache_gib bounds what this engine takes), or take a smaller model",
    )
    return Recognition(error=fault)
