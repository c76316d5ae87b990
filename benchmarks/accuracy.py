"""Word error rate, cpWER, word-time error and speaker error against the references of the demo calls."""

from __future__ import annotations

import difflib
import itertools
import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jiwer

from engine.result_types import CallResult


@dataclass(frozen=True)
class TimedWord:
    """A word as it was said or heard; `speaker` is empty where the system names none."""

    text: str
    start_s: float
    speaker: str = ""


def reference_words(reference: dict[str, Any]) -> list[TimedWord]:
    """Words of a reference, by start time."""
    words = [
        TimedWord(text, word["start_s"], utterance["speaker"])
        for utterance in reference["utterances"]
        for word in utterance["words"]
        for text in plain(word["text"])
    ]
    return sorted(words, key=lambda word: word.start_s)


def result_words(result: CallResult) -> list[TimedWord]:
    """Words of an engine result (with redaction off), by start time."""
    words = [
        TimedWord(text, word.start_s, utterance.speaker)
        for utterance in result.utterances
        for word in utterance.words
        for text in plain(word.text)
    ]
    return sorted(words, key=lambda word: word.start_s)


def plain(text: str) -> list[str]:
    """Lower case, no punctuation, hyphens as spaces."""
    return re.sub(r"[^\w' ]", " ", text.lower().replace("-", " ")).split()


def word_error_rate(references: Sequence[Sequence[TimedWord]], hypotheses: Sequence[Sequence[TimedWord]]) -> float:
    """Edits ÷ reference words over all calls, words in order of their start."""
    return float(jiwer.wer([_text(words) for words in references], [_text(words) or "-" for words in hypotheses]))


def cp_word_error_rate(references: Sequence[Sequence[TimedWord]], hypotheses: Sequence[Sequence[TimedWord]]) -> float:
    """Concatenated minimum-permutation WER (CHiME-6): each speaker's words against the best matching speaker's."""
    edits = words = 0
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        said, heard = _by_speaker(reference), _by_speaker(hypothesis)
        size = max(len(said), len(heard))
        said += [""] * (size - len(said))
        heard += [""] * (size - len(heard))
        edits += min(sum(map(_edits, said, order)) for order in itertools.permutations(heard))
        words += len(reference)
    return edits / words


def time_error(
    references: Sequence[Sequence[TimedWord]], hypotheses: Sequence[Sequence[TimedWord]]
) -> tuple[float, float]:
    """Median and 95th percentile of |start difference| in seconds over the words that were heard right; nan
    where hardly any was."""
    offsets = [
        abs(said.start_s - heard.start_s)
        for reference, hypothesis in zip(references, hypotheses, strict=True)
        for said, heard in _matched(reference, hypothesis)
    ]
    if len(offsets) < 2:
        return math.nan, math.nan
    return statistics.median(offsets), statistics.quantiles(offsets, n=20)[-1]


def speaker_error(references: Sequence[Sequence[TimedWord]], hypotheses: Sequence[Sequence[TimedWord]]) -> float:
    """Share of the words heard right that went to the wrong speaker, under the best naming of speakers a call."""
    wrong = total = 0
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        pairs = [(said.speaker, heard.speaker) for said, heard in _matched(reference, hypothesis)]
        names = sorted({said for said, _ in pairs})
        voices = sorted({heard for _, heard in pairs}) + [""] * len(names)
        right = max(
            sum(pairs.count(pair) for pair in zip(names, order, strict=True))
            for order in itertools.permutations(voices, len(names))
        )
        wrong += len(pairs) - right
        total += len(pairs)
    return wrong / total


def _matched(reference: Sequence[TimedWord], hypothesis: Sequence[TimedWord]) -> list[tuple[TimedWord, TimedWord]]:
    matcher = difflib.SequenceMatcher(None, [w.text for w in reference], [w.text for w in hypothesis], autojunk=False)
    return [
        (reference[block.a + i], hypothesis[block.b + i])
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    ]


def _by_speaker(words: Sequence[TimedWord]) -> list[str]:
    return [_text([w for w in words if w.speaker == speaker]) for speaker in sorted({w.speaker for w in words})]


def _edits(said: str, heard: str) -> int:
    if not said:
        return len(heard.split())
    found = jiwer.process_words(said, heard)
    return found.substitutions + found.deletions + found.insertions


def _text(words: Sequence[TimedWord]) -> str:
    return " ".join(word.text for word in words)
