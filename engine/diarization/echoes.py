"""Words that a channel picked up from another one: a loud far end in an open headset, recognised twice.

Voice activity already leaves out regions that are another channel's speech and nothing else (`engine/vad/leakage.py`);
what is left are single words beside somebody's own.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.types import Audio, Segment, Word

WITHIN_S = 0.3


def without_echoes(audio: Audio, segments: Sequence[Segment], min_difference_db: float) -> list[Segment]:
    """`segments` less the words that another channel says within 0.3 s, `min_difference_db` louder.

    A segment of which nothing is left is left out.
    """
    starts = _starts(segments)
    if len({segment.channel for segment in segments}) < 2:
        return list(segments)
    kept = (_own(audio, segment, starts, min_difference_db) for segment in segments)
    return [segment for segment in kept if segment.words or segment.text.strip()]


Starts = Mapping[tuple[int, str], Sequence[float]]


def _starts(segments: Sequence[Segment]) -> Starts:
    """When each word is said on each channel, in order."""
    starts: dict[tuple[int, str], list[float]] = {}
    for segment in segments:
        for word in segment.words:
            starts.setdefault((segment.channel, _plain(word)), []).append(word.start_s)
    return {key: sorted(times) for key, times in starts.items()}


def _plain(word: Word) -> str:
    return "".join(filter(str.isalnum, word.text)).casefold()


def _own(audio: Audio, segment: Segment, starts: Starts, min_difference_db: float) -> Segment:
    """The segment without its echoes; its text loses what its words lose."""
    words: list[Word] = []
    text, position = segment.text, 0
    for word in segment.words:
        found = text.find(word.text, position)
        if any(
            _level_db(audio, other, word) - _level_db(audio, segment.channel, word) >= min_difference_db
            for other in _channels_with(word, segment.channel, starts, audio.n_channels)
        ):
            text = text if found < 0 else (text[:found].rstrip() + text[found + len(word.text) :])
            continue
        position = position if found < 0 else found + len(word.text)
        words.append(word)
    return segment if len(words) == len(segment.words) else dataclasses.replace(segment, words=tuple(words), text=text)


def _channels_with(word: Word, channel: int, starts: Starts, n_channels: int) -> Iterator[int]:
    """The other channels on which the word begins within `WITHIN_S`."""
    for other in range(n_channels):
        times = starts.get((other, _plain(word)), ()) if other != channel else ()
        if bisect_right(times, word.start_s + WITHIN_S) > bisect_left(times, word.start_s - WITHIN_S):
            yield other


def _level_db(audio: Audio, channel: int, word: Word) -> float:
    samples = audio.read(channel, word.start_s, max(word.end_s, word.start_s + 0.05))
    return float(10 * np.log10(np.mean(samples**2, dtype=np.float64) + 1e-10)) if len(samples) else -100.0
