"""The ctranslate2 backend: one encoder pass a window, from which language, text and word times are taken.

Windows of the same padded length, language and temperature form a batch, whatever calls they come from. A window that
fails the quality gates goes back into the queue at the next temperature and never holds up its batch. Padding depends
on the window alone, so a transcript does not depend on the batch around it.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.asr.alignment import aligned_words
from engine.asr.ct2_model import language_ids, load_model, workers_for
from engine.asr.decoded import Decoded, cancelled, frame_buckets, padded_frames, recognition, token_limit
from engine.asr.features import FRAMES_PER_SECOND, FeatureExtractor, at_16_khz, window_seconds
from engine.asr.ladder import Attempt, settle
from engine.asr.recognizer import Recognition, WindowTask
from engine.asr.tokenizer import Tokenizer, Vocabulary
from engine.config_types import AsrConfig
from engine.errors import TranscriptionError
from engine.types import Word

_QUEUED_BATCHES = 4
_LOOK_AGAIN_S = 0.02  # while a worker is idle, windows that arrive must not wait for the batch of another
_MEDIAN_FILTER_FRAMES = 7  # openai/whisper


@dataclass(frozen=True, slots=True)
class _Group:
    """What the windows of one batch have in common; `single` numbers a batch of one."""

    frames: int
    language: str | None
    prompt: str
    rung: int
    single: int | None


class Ct2Recognizer:
    """Any CTranslate2 Whisper directory, on a CPU or a CUDA device."""

    def __init__(self, config: AsrConfig, model: Path) -> None:
        self._config = config
        self._model = load_model(config, model)
        self._vocabulary = Vocabulary(model, bool(self._model.is_multilingual), language_ids(model))
        self._features = FeatureExtractor(int(self._model.n_mels))
        self._buckets = frame_buckets(config, window_seconds(model))
        self._pending: dict[_Group, collections.deque[Attempt]] = collections.defaultdict(collections.deque)
        self._running: dict[Future[list[Recognition]], list[Attempt]] = {}
        self._singles = itertools.count()
        self._workers = workers_for(config, str(self._model.device))
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="ctranslate2")
        self.name = f"{model.name} (ctranslate2, {self._model.compute_type}, {self._model.device})"

    @property
    def window_s(self) -> float:
        return self._buckets[-1] / FRAMES_PER_SECOND

    @property
    def languages(self) -> frozenset[str]:
        return self._vocabulary.languages

    @property
    def capacity(self) -> int:
        held = sum(map(len, self._pending.values())) + sum(map(len, self._running.values()))
        return max(0, _QUEUED_BATCHES * self._workers * self._config.batch_size - held)

    def submit(self, tasks: Sequence[WindowTask]) -> None:
        for task in tasks:
            self._enqueue(Attempt(task))

    def step(self) -> list[tuple[WindowTask, Recognition]]:
        """Give every idle worker a batch, wait for the next one to end, and hand out its finished windows."""
        dropped = self._drop_cancelled()
        self._start_batches()
        if dropped:
            return dropped
        patience_s = _LOOK_AGAIN_S if len(self._running) < self._workers else None
        done, _ = wait(list(self._running), timeout=patience_s, return_when=FIRST_COMPLETED)
        return [finished for future in done for finished in self._harvest(future)]

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    # --- schedule → run → harvest -------------------------------------------------------------------------------------

    def _enqueue(self, attempt: Attempt) -> None:
        frames = padded_frames(attempt.task, self._buckets)
        single = next(self._singles) if attempt.alone else None
        self._pending[_Group(frames, attempt.task.language, attempt.task.prompt, attempt.rung, single)].append(attempt)

    def _drop_cancelled(self) -> list[tuple[WindowTask, Recognition]]:
        """Windows of cancelled calls leave the queue; those on the device are finished with their batch."""
        dropped = []
        for group, queue in list(self._pending.items()):
            dropped += [attempt.task for attempt in queue if attempt.task.cancelled.is_set()]
            kept = collections.deque(attempt for attempt in queue if not attempt.task.cancelled.is_set())
            self._pending.pop(group)
            if kept:
                self._pending[group] = kept
        return [(task, cancelled()) for task in dropped]

    def _start_batches(self) -> None:
        """The group with the earliest deadline first, then the largest; a group that one batch could take is shared
        among the idle workers."""
        while self._pending and (idle := self._workers - len(self._running)) > 0:
            group = min(self._pending, key=lambda group: (_deadline(self._pending[group]), -len(self._pending[group])))
            queue = sorted(self._pending.pop(group), key=lambda attempt: attempt.task.deadline_s)
            size = min(self._config.batch_size, -(-len(queue) // idle))
            batch = queue[:size]
            if queue[size:]:
                self._pending[group] = collections.deque(queue[size:])
            self._running[self._pool.submit(self._recognize, group, batch)] = batch

    def _harvest(self, future: Future[list[Recognition]]) -> list[tuple[WindowTask, Recognition]]:
        batch = self._running.pop(future)
        if isinstance(error := future.exception(), Exception):
            return self._failed(batch, error)
        finished = []
        for attempt, found in zip(batch, future.result(), strict=True):
            outcome = settle(attempt, found, self._config)
            if isinstance(outcome, Attempt):
                self._enqueue(outcome)
            else:
                finished.append((attempt.task, outcome))
        return finished

    def _failed(self, batch: list[Attempt], error: Exception) -> list[tuple[WindowTask, Recognition]]:
        """The fault of one window must not cost the others: each is tried again alone."""
        if len(batch) > 1:
            for attempt in batch:
                self._enqueue(replace(attempt, alone=True))
            return []
        fault = TranscriptionError(f"{self.name} failed on a window: {type(error).__name__}: {error}")
        return [(batch[0].task, Recognition(error=fault))]

    # --- one batch on the device (worker threads) ---------------------------------------------------------------------

    def _recognize(self, group: _Group, batch: Sequence[Attempt]) -> list[Recognition]:
        encoded = self._encode([attempt.task for attempt in batch], group.frames)
        if group.language is None:
            return [_language_answer(scores) for scores in self._model.detect_language(encoded)]
        tokenizer = self._vocabulary.tokenizer(group.language)
        decoded = self._generate(encoded, len(batch), tokenizer, group)
        tokens = [[token for token in result.sequences_ids[0] if token != tokenizer.end_of_text] for result in decoded]
        durations_s = [attempt.task.duration_s for attempt in batch]
        words = self._align(encoded, tokenizer, tokens, durations_s)
        temperature = self._config.temperatures[group.rung]
        return [
            recognition(_decoded(result, text, spoken, temperature), tokenizer, duration_s, self._config.word_times)
            for result, text, spoken, duration_s in zip(decoded, tokens, words, durations_s, strict=True)
        ]

    def _encode(self, tasks: Sequence[WindowTask], frames: int) -> Any:
        """Encoder states on the device, shape (windows, frames / 2, d_model).

        On a CPU one window at a time: its activations stay in cache, and that is faster than a batch (CTranslate2
        #1588); the decoder takes them together all the same.
        """
        import ctranslate2

        features = np.stack(
            [self._features.log_mel(at_16_khz(task.samples, task.sample_rate), frames) for task in tasks]
        )
        if self._model.device == "cuda":
            return self._model.encode(ctranslate2.StorageView.from_array(features))
        states = [self._model.encode(ctranslate2.StorageView.from_array(window[None])) for window in features]
        return ctranslate2.StorageView.from_array(np.concatenate([np.asarray(state) for state in states]))

    def _generate(self, encoded: Any, windows: int, tokenizer: Tokenizer, group: _Group) -> list[Any]:
        config = self._config
        temperature = config.temperatures[group.rung]
        prompt = tokenizer.prompt(timestamps=not config.word_times, initial_prompt=group.prompt)
        search = {"beam_size": 1, "sampling_topk": 0, "sampling_temperature": temperature}
        return list(
            self._model.generate(
                encoded,
                [prompt] * windows,
                max_length=token_limit(len(prompt), group.frames),
                return_scores=True,
                return_no_speech_prob=True,
                suppress_tokens=tokenizer.suppressed,
                **(search if temperature > 0 else {"beam_size": config.beam_size}),
            )
        )

    def _align(
        self, encoded: Any, tokenizer: Tokenizer, tokens: Sequence[list[int]], durations_s: Sequence[float]
    ) -> list[tuple[Word, ...]]:
        if not self._config.word_times:
            return [()] * len(tokens)
        frames = [max(2, round(duration_s * FRAMES_PER_SECOND)) for duration_s in durations_s]
        # ctranslate2 cannot align an empty text: an empty window borrows a token and gives its words away again.
        texts = [text or [tokenizer.end_of_text] for text in tokens]
        aligned = self._model.align(
            encoded, tokenizer.start_sequence, texts, frames, median_filter_width=_MEDIAN_FILTER_FRAMES
        )
        return [
            aligned_words(tokenizer, text, result.alignments, result.text_token_probs, duration_s) if text else ()
            for text, result, duration_s in zip(tokens, aligned, durations_s, strict=True)
        ]


def _decoded(result: Any, tokens: list[int], words: tuple[Word, ...], temperature: float) -> Decoded:
    """ctranslate2 divides the score by the tokens; openai/whisper counts the end of text with them."""
    average = result.scores[0] * len(tokens) / (len(tokens) + 1)
    return Decoded(tokens, words, average, result.no_speech_prob, temperature)


def _deadline(queue: Iterable[Attempt]) -> float:
    return min(attempt.task.deadline_s for attempt in queue)


def _language_answer(scores: Sequence[tuple[str, float]]) -> Recognition:
    return Recognition(languages={token.strip("<|>"): float(probability) for token, probability in scores})
