"""Hop 3 for one call: its language, its windows through the shared batcher, its segments."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.asr import Recognition, WindowTask, segment
from engine.batching import Batcher
from engine.call import NO_HINTS, Hints
from engine.config_types import AsrConfig
from engine.errors import UnknownNameError
from engine.telemetry import Counters
from engine.types import Audio, Language, Segment, Window


class Transcriber:
    """Transcribes calls through one batcher; shared by the threads of all calls."""

    def __init__(self, batcher: Batcher, config: AsrConfig, languages: frozenset[str], counters: Counters) -> None:
        self._batcher = batcher
        self._config = config
        self._languages = languages
        self._counters = counters
        self._check(config.language)
        if len(languages) > 1:
            self._check(config.language_fallback)

    def transcribe(
        self, audio: Audio, windows: Sequence[Window], hints: Hints = NO_HINTS
    ) -> tuple[tuple[Segment, ...], Language | None]:
        """Segments in call time, sorted by start, and the call's language (None where nothing was said).

        Raises TranscriptionError where a window cannot be decoded, UnknownNameError for a language that the model does
        not know.
        """
        asked = self._config.language if hints.language is None else hints.language
        self._check(asked)
        if not windows:
            return (), None
        language, by_window = self._languages_of(audio, windows, asked)
        prompt = self._prompt(hints)
        tasks = (window_task(audio, window, code, prompt) for window, code in zip(windows, by_window, strict=True))
        heard = self._answers(tasks)
        self._count(heard)
        segments = [part for window, found in zip(windows, heard, strict=True) for part in segment(window, found)]
        return tuple(sorted(segments, key=lambda part: (part.start_s, part.channel))), language

    def _check(self, language: str) -> None:
        known = self._languages | {"auto", "per-window"}
        if language not in known:
            raise UnknownNameError("language", language, known)

    def _prompt(self, hints: Hints) -> str:
        """The hot words come last: where the two are too long together, the beginning is cut off."""
        config = self._config
        before = config.initial_prompt if hints.initial_prompt is None else hints.initial_prompt
        hotwords = config.hotwords if hints.hotwords is None else hints.hotwords
        return " ".join(part for part in (before.strip(), hotwords.strip()) if part)

    def _languages_of(self, audio: Audio, windows: Sequence[Window], asked: str) -> tuple[Language, list[str]]:
        """The call's language, and the language of every window (the call's own unless "per-window")."""
        if len(self._languages) == 1:
            (only,) = self._languages
            return Language(only, 1.0), [only] * len(windows)
        if asked not in ("auto", "per-window"):
            return Language(asked, 1.0), [asked] * len(windows)
        per_window = asked == "per-window"
        sample = windows if per_window else _sample(windows, self._config.language_windows)
        found = [answer.languages or {} for answer in self._answers(self._questions(audio, sample))]
        language = self._decided(found)
        if not per_window:
            return language, [language.code] * len(windows)
        return language, [self._confident(scores) or language.code for scores in found]

    def _questions(self, audio: Audio, windows: Sequence[Window]) -> Iterator[WindowTask]:
        return (window_task(audio, window, None) for window in windows)

    def _decided(self, found: Sequence[Mapping[str, float]]) -> Language:
        """The language with the highest mean probability, if it passes the threshold, else the fallback."""
        mean = {code: sum(scores.get(code, 0.0) for scores in found) / len(found) for code in self._languages}
        code = self._confident(mean) or self._config.language_fallback
        return Language(code, round(mean.get(code, 0.0), 4))

    def _confident(self, scores: Mapping[str, float]) -> str | None:
        best = max(self._languages, key=lambda code: (scores.get(code, 0.0), code))
        return best if scores.get(best, 0.0) >= self._config.language_threshold else None

    def _answers(self, tasks: Iterator[WindowTask]) -> list[Recognition]:
        heard = self._batcher.recognize(tasks)
        for recognition in heard:
            if recognition.error is not None:
                raise recognition.error
        return heard

    def _count(self, heard: Sequence[Recognition]) -> None:
        self._counters.add("windows", len(heard))
        for outcome in ("silence", "repetition"):
            self._counters.add(f"windows_{outcome}", sum(found.outcome == outcome for found in heard))


def window_task(audio: Audio, window: Window, language: str | None, prompt: str = "") -> WindowTask:
    """The pieces of a window end to end, as the call is kept; read only when the queue has room for them."""
    samples = np.concatenate([audio.cut(window.channel, piece.start_s, piece.end_s) for piece in window.pieces])
    return WindowTask(samples, language, prompt, sample_rate=audio.kept_rate)


def _sample(windows: Sequence[Window], count: int) -> list[Window]:
    """Up to `count` windows spread over the call, the longest of each stretch."""
    count = min(count, len(windows))
    edges = [round(i * len(windows) / count) for i in range(count + 1)]
    return [max(windows[start:stop], key=lambda window: window.duration_s) for start, stop in itertools.pairwise(edges)]
