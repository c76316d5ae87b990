"""The torch backend: continuous batching. A window takes a slot, and the slot goes to the next one when it is done.

`step` is one scheduling round: encode waiting windows into free slots, let those begin that are encoded, decode a few
tokens of all slots together, harvest the slots that are finished. Which call, channel or stream a window comes from
makes no difference, and what stands in the other slots makes none to its text. A card encodes while it decodes, and
has its next round before the host looks at the last one, so that it never waits for the host; what has ended meanwhile
is decoded in vain for that round. This file is the host's side; `runner.py` is the device's.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from engine.asr.decoded import cancelled, frame_buckets, padded_frames
from engine.asr.features import FRAMES_PER_SECOND, window_seconds
from engine.asr.ladder import Attempt, settle
from engine.asr.recognizer import Recognition, WindowTask
from engine.asr.tokenizer import Vocabulary
from engine.asr.whisper.cache import Cache
from engine.asr.whisper.device import place
from engine.asr.whisper.faults import faulty, gone, too_large, unfit
from engine.asr.whisper.front_end import FrontEnd
from engine.asr.whisper.memory import fitting, room_for_weights
from engine.asr.whisper.narrow import narrow
from engine.asr.whisper.operations import operations
from engine.asr.whisper.runner import Encoded, Look, Runner
from engine.asr.whisper.texts import Running, Texts
from engine.asr.whisper.waiting import Waiting
from engine.asr.whisper.weights import load
from engine.config_types import AsrConfig

_QUEUED = 2  # windows waiting for each slot, so that a free slot never waits for the batcher
_ENCODING = 2  # batches in the encoder's queue, so that it never waits for a look of the host
_DEVICE_FAULTS = (torch.OutOfMemoryError, torch.AcceleratorError)  # no fault of a window

Finished = tuple[WindowTask, Recognition]


@dataclass(frozen=True, slots=True)
class _Encoding:
    """Windows that are being encoded into their slots."""

    placed: tuple[tuple[int, Running], ...]
    encoded: Encoded


@dataclass(frozen=True, slots=True)
class _Round:
    """Windows that took part in a round, by slot, and what it made of them."""

    writing: tuple[tuple[int, Running], ...]
    look: Look


class WhisperRecognizer:
    """Any Whisper directory of Hugging Face or CTranslate2, on a CPU or a CUDA device."""

    def __init__(self, config: AsrConfig, model: Path) -> None:
        self._config = config
        self._placement = placed = place(config)
        with room_for_weights(model, placed):
            self._checkpoint = checkpoint = load(model, placed.device, placed.dtype)
            self._operations = operations(checkpoint.model.dimensions, placed)
            narrow(checkpoint.model.encoder, self._operations.float8_linear)
        self._vocabulary = Vocabulary(model, checkpoint.multilingual, checkpoint.language_ids)
        self._texts = Texts(config, self._vocabulary)
        self._front_end = FrontEnd(checkpoint.model.dimensions.mels, self._placement.device)
        self._buckets = frame_buckets(config, window_seconds(model))
        self._waiting = Waiting(self._buckets)
        self._finished: list[Finished] = []
        self._allocate(placed.slots(config, self._bytes_a_slot()))
        encoder = ", encoder float8" if self._operations.float8_linear else ""
        self.name = f"{model.name} (torch, {placed.dtype_name}{encoder}, {self.device})"

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
            if error := unfit(task, self.window_s):
                self._finished.append((task, Recognition(error=error)))
            else:
                self._waiting.put(Attempt(task))

    def step(self) -> list[Finished]:
        """One round; returns the windows that finished in it. Raises TranscriptionError where the device is gone."""
        with torch.inference_mode():
            try:
                self._drop_cancelled()
                self._encode()
                self._begin()
                self._decode()
                self._harvest()
            except torch.OutOfMemoryError as error:
                self._shrink(error)
            except torch.AcceleratorError as error:
                raise gone(self.name, error) from error
            except Exception as error:
                self._encoding.clear()
                self._rounds.clear()
                self._failed(self._occupied(), error)
        finished, self._finished = self._finished, []
        return finished

    def close(self) -> None:
        """Give the device's memory back."""
        for held in ("_runner", "_checkpoint"):
            vars(self).pop(held, None)  # a runner that found no memory is not there
        self._placement.release()

    # --- encode and begin ---------------------------------------------------------------------------------------------

    def _drop_cancelled(self) -> None:
        tasks = self._waiting.dropped()
        for slot, running in self._occupied():
            if running.attempt.task.cancelled.is_set():
                self._free(slot)
                tasks.append(running.attempt.task)
        self._finished += [(task, cancelled()) for task in tasks]

    def _encode(self) -> None:
        """Start to encode windows into free slots, the lowest first, in batches that are padded alike."""
        while free := [slot for slot, running in enumerate(self._slots) if running is None]:
            if sum(not encoding.encoded.ready for encoding in self._encoding) >= _ENCODING:
                return
            batch = list(self._waiting.taken_together(min(len(free), self._placement.encoder_batch)))
            self._finished += [(task, cancelled()) for task in self._waiting.dropped()]
            if not batch:
                return
            frames = padded_frames(batch[0].task, self._buckets)
            placed = tuple(zip(free, [self._texts.running(attempt, frames) for attempt in batch], strict=False))
            self._encode_together(placed, frames)

    def _encode_together(self, placed: tuple[tuple[int, Running], ...], frames: int) -> None:
        for slot, running in placed:
            self._slots[slot] = running
        tasks = [running.attempt.task for _, running in placed]
        try:
            encoded = self._runner.encode(lambda: self._front_end.log_mels(tasks, frames), [slot for slot, _ in placed])
        except _DEVICE_FAULTS:
            raise
        except Exception as error:
            self._failed(placed, error)
        else:
            self._encoding.append(_Encoding(placed, encoded))

    def _begin(self) -> None:
        """Windows that are encoded read their prompts and write from now on; nobody waits for those that are not, as
        long as there is something to decode."""
        while self._encoding and (self._encoding[0].encoded.ready or not self._writing()):
            encoding = self._encoding.popleft()
            placed = [(slot, running) for slot, running in encoding.placed if self._slots[slot] is running]
            try:
                self._begin_together(placed, encoding.encoded)
            except _DEVICE_FAULTS:
                raise
            except Exception as error:
                self._failed(placed, error)

    def _begin_together(self, placed: Sequence[tuple[int, Running]], encoded: Encoded) -> None:
        """Questions for the language are answered at once."""
        if not placed:
            return
        slots, prompts = [slot for slot, _ in placed], [running.prompt for _, running in placed]
        scores = self._runner.begin(encoded, prompts, slots)
        for row, (slot, running) in enumerate(placed):
            if running.attempt.task.language is None:
                self._free(slot)
                self._finished.append((running.attempt.task, self._texts.languages(scores[row].tolist())))
            else:
                self._start(slot, running)

    def _start(self, slot: int, running: Running) -> None:
        start = self._texts.start(running)
        self._slots[slot] = replace(running, writes=True, longest=start.length)
        self._runner.start(slot, start)

    # --- decode and harvest -------------------------------------------------------------------------------------------

    def _decode(self) -> None:
        """A few tokens for all slots up to the last one that writes."""
        writing = self._writing()
        for slot, running in writing:
            self._slots[slot] = replace(running, longest=running.longest + self._placement.steps)
        if writing:
            longest = max(running.longest for _, running in writing) + self._placement.steps
            warm = any(self._texts.temperature(running) > 0 for _, running in writing)
            self._runner.decode(writing[-1][0] + 1, longest, warm)
            self._rounds.append(_Round(tuple(writing), self._runner.look()))

    def _harvest(self) -> None:
        """Look at all rounds but the last ones, which the device is still at."""
        while len(self._rounds) > self._placement.ahead:
            self._settle(self._finished_in(self._rounds.popleft()))

    def _finished_in(self, round_: _Round) -> list[tuple[int, Running]]:
        """The windows that ended in a round and still stand in their slots, on the same rung of the ladder."""
        flags = round_.look.finished()
        rungs = {slot: running.attempt for slot, running in round_.writing if flags[slot]}
        return [(slot, running) for slot, running in self._occupied() if rungs.get(slot) is running.attempt]

    def _settle(self, done: Sequence[tuple[int, Running]]) -> None:
        """Take the text of finished slots; a text that fails the gates is decoded again in its slot, warmer."""
        ended = [running.ended(slot) for slot, running in done]
        for (slot, running), written in zip(done, self._runner.written(ended) if ended else (), strict=True):
            outcome = settle(running.attempt, self._texts.recognition(running, written), self._config)
            if isinstance(outcome, Attempt):
                self._start(slot, replace(running, attempt=outcome))
            else:
                self._free(slot)
                self._finished.append((running.attempt.task, outcome))

    # --- slots --------------------------------------------------------------------------------------------------------

    def _allocate(self, slots: int) -> None:
        """A runner with so many slots, or as many of them as there is memory for, all free."""
        self._runner = fitting(self._warm_runner, slots, self._bytes_a_slot(), self._placement)
        self._slots: list[Running | None] = [None] * self._runner.slots
        self._encoding: collections.deque[_Encoding] = collections.deque()
        self._rounds: collections.deque[_Round] = collections.deque()

    def _warm_runner(self, slots: int) -> Runner:
        runner = Runner(
            self._checkpoint.model,
            self._placement,
            self._texts.token_ids(self._checkpoint),
            self._heads(),
            timestamps=not self._config.word_times,
            positions=self._buckets[-1] // 2,
            slots=slots,
            operations=self._operations,
            queues=self._placement.queues(),
        )
        runner.warm_up()
        return runner

    def _heads(self) -> tuple[tuple[int, int], ...]:
        return self._checkpoint.alignment_heads if self._config.word_times else ()

    def _bytes_a_slot(self) -> int:
        sizes = self._checkpoint.model.dimensions, self._buckets[-1] // 2, len(self._heads())
        return Cache.bytes_a_slot(*sizes, self._placement.dtype, self._placement.float8)

    def _occupied(self) -> list[tuple[int, Running]]:
        return [(slot, running) for slot, running in enumerate(self._slots) if running is not None]

    def _writing(self) -> list[tuple[int, Running]]:
        return [(slot, running) for slot, running in self._occupied() if running.writes]

    def _free(self, slot: int) -> None:
        self._slots[slot] = None
        self._runner.stop(slot)

    def _failed(self, placed: Sequence[tuple[int, Running]], error: Exception) -> None:
        """The fault of one window must not cost the others: each is tried once more, admitted alone."""
        if not placed:
            raise error
        for slot, running in placed:
            self._free(slot)
            if running.attempt.alone or len(placed) == 1:
                self._finished.append((running.attempt.task, faulty(self.name, error)))
            else:
                self._waiting.put(replace(running.attempt, alone=True))

    def _shrink(self, error: Exception) -> None:
        """Half the slots after the device ran out of memory; what was running is queued again from where it stood."""
        running = [one.attempt for _, one in self._occupied()]
        if self.slots == 1:
            self._finished += [(attempt.task, too_large(error)) for attempt in running]
            running = []
        del self._runner
        self._placement.release()
        self._allocate(max(1, self.slots // 2))
        for attempt in running:
            self._waiting.put(attempt)
