"""Between windows and tokens: what a window's prompt is, and what was heard in it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.asr.alignment import aligned_words
from engine.asr.decoded import Decoded, recognition, token_limit
from engine.asr.features import FRAMES_PER_SECOND
from engine.asr.ladder import Attempt
from engine.asr.recognizer import Recognition
from engine.asr.tokenizer import Tokenizer, Vocabulary
from engine.asr.whisper.rules import TokenIds
from engine.asr.whisper.runner import Ended, Prompt, Written
from engine.asr.whisper.sequences import Start
from engine.asr.whisper.weights import Checkpoint
from engine.config_types import AsrConfig
from engine.telephone import as_float
from engine.types import Word


@dataclass(frozen=True, slots=True)
class Running:
    """A window in a slot. `writes`: it is encoded, and its text is being written; `longest`: tokens it has at most,
    prompt and all, known without asking the device."""

    attempt: Attempt
    tokenizer: Tokenizer
    prompt: Prompt
    frames: int
    writes: bool = False
    longest: int = 0

    @property
    def duration_s(self) -> float:
        return self.attempt.task.duration_s

    def ended(self, slot: int) -> Ended:
        """How its text is to be read: with the encoder states of its own sound, two at least."""
        return Ended(slot, self.prompt, max(4, round(self.duration_s * FRAMES_PER_SECOND)) // 2)


class Texts:
    """The vocabulary of a model as a configuration uses it."""

    def __init__(self, config: AsrConfig, vocabulary: Vocabulary) -> None:
        self._config, self._vocabulary = config, vocabulary

    def running(self, attempt: Attempt, frames: int) -> Running:
        """A window with its prompt; a question for the language has only the start of one."""
        task = attempt.task
        tokenizer = self._vocabulary.tokenizer(task.language or self._vocabulary.any_language)
        start = tokenizer.start_sequence[0]
        tokens = tokenizer.prompt(timestamps=not self._config.word_times, initial_prompt=task.prompt)
        prompt = Prompt(tokens, tokens.index(start)) if task.language else Prompt([start], 0)
        return Running(attempt, tokenizer, prompt, frames)

    def start(self, running: Running) -> Start:
        """At the temperature of its attempt; the seed is the window's own, whatever the batch."""
        attempt, length = running.attempt, len(running.prompt.tokens)
        temperature = self.temperature(running)
        seed = zlib.crc32(as_float(attempt.task.samples).tobytes()) + attempt.rung if temperature > 0 else 0
        return Start(length, token_limit(length, running.frames), temperature, seed)

    def temperature(self, running: Running) -> float:
        return self._config.temperatures[running.attempt.rung]

    def languages(self, scores: Sequence[float]) -> Recognition:
        """Probabilities over the languages that the model was trained for."""
        ids = self._vocabulary.language_ids
        logits = np.array([scores[i] for i in ids.values()])
        odds = np.exp(logits - logits.max())
        return Recognition(languages=dict(zip(ids, (odds / odds.sum()).tolist(), strict=True)))

    def recognition(self, running: Running, written: Written) -> Recognition:
        decoded = Decoded(
            written.tokens,
            self._words(running, written),
            written.log_probability / (len(written.tokens) + 1),
            written.no_speech_probability,
            self.temperature(running),
        )
        return recognition(decoded, running.tokenizer, running.duration_s, self._config.word_times)

    def token_ids(self, checkpoint: Checkpoint) -> TokenIds:
        tokenizer = self._vocabulary.tokenizer(self._vocabulary.any_language)
        named = self._vocabulary.named_ids
        return TokenIds(
            end_of_text=tokenizer.end_of_text,
            no_speech=named.no_speech,
            no_timestamps=named.no_timestamps,
            first_timestamp=tokenizer.first_timestamp,
            suppressed=tuple({*tokenizer.suppressed, *checkpoint.suppressed}),
            not_first=checkpoint.not_first,
        )

    def _words(self, running: Running, written: Written) -> tuple[Word, ...]:
        if not self._config.word_times or not written.tokens:
            return ()
        path = list(enumerate(written.frames))
        return aligned_words(running.tokenizer, written.tokens, path, written.probabilities, running.duration_s)
