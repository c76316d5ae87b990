"""From lines to a recording: a timeline, then channels with leakage, line noise and a telephone's band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.make_demo_calls.script import Dialogue, Line
from scripts.synthesis import Speech, SpokenWord, speak_each
from scripts.synthesis.speech import SAMPLE_RATE, resampled

LEAD_S, TAIL_S = 0.6, 0.8
SPEECH_DBFS = -23.0
LEAKAGE_DB = -35.0
HISS_DBFS, HUM_DBFS, HUM_HZ = -66.0, -72.0, 60.0
TELEPHONE_RATE, TELEPHONE_BAND_HZ, TELEPHONE_ROLLOFF_HZ = 8_000, (300.0, 3_400.0), 100.0


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line with its speech and the call time at which it begins."""

    line: Line
    speech: Speech
    start_s: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.speech.duration_s

    @property
    def words(self) -> tuple[SpokenWord, ...]:
        return tuple(word.shifted(self.start_s) for word in self.speech.words)


@dataclass(frozen=True, slots=True)
class Recording:
    """`samples`: int16, shape (samples, channels)."""

    samples: NDArray[np.int16]
    sample_rate: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate


def spoken(dialogue: Dialogue) -> tuple[SpokenLine, ...]:
    """Every line of the dialogue at its place in the call; starts lie on whole samples."""
    speeches = speak_each([(line.text, dialogue.speaker(line.role).voice) for line in dialogue.lines])
    timeline: list[SpokenLine] = []
    for line, speech in zip(dialogue.lines, speeches, strict=True):
        start_s = timeline[-1].end_s + line.pause_s if timeline else LEAD_S
        timeline.append(SpokenLine(line, speech, round(start_s * SAMPLE_RATE) / SAMPLE_RATE))
    return tuple(timeline)


def record(dialogue: Dialogue, timeline: tuple[SpokenLine, ...]) -> Recording:
    """The call as a recorder would have heard it."""
    mixed = _with_line_noise(_channels(dialogue, timeline))
    if dialogue.telephone:
        narrow = np.stack([resampled(channel, SAMPLE_RATE, TELEPHONE_RATE) for channel in _telephone_band(mixed)])
        return Recording(_as_int16(narrow), TELEPHONE_RATE)
    return Recording(_as_int16(mixed), SAMPLE_RATE)


def _channels(dialogue: Dialogue, timeline: tuple[SpokenLine, ...]) -> NDArray[np.float32]:
    """Speech laid on its channels, each speaker equally loud, shape (channels, samples)."""
    n_samples = round((max(spoken_line.end_s for spoken_line in timeline) + TAIL_S) * SAMPLE_RATE)
    voices = np.zeros((2, n_samples), np.float32)
    for spoken_line in timeline:
        row = dialogue.speakers.index(dialogue.speaker(spoken_line.line.role))
        start = round(spoken_line.start_s * SAMPLE_RATE)
        voices[row, start : start + len(spoken_line.speech.samples)] += spoken_line.speech.samples
    voices = np.stack([_leveled(voice) for voice in voices])
    if dialogue.channels == 1:
        return voices[:1] + voices[1:]
    return voices + np.float32(_gain(LEAKAGE_DB)) * voices[::-1]


def _leveled(voice: NDArray[np.float32]) -> NDArray[np.float32]:
    """At SPEECH_DBFS, measured where the speaker talks."""
    talking = voice[np.abs(voice) > 0.01]
    level = float(np.sqrt(np.mean(np.square(talking, dtype=np.float64))))
    return voice * np.float32(_gain(SPEECH_DBFS) / level)


def _with_line_noise(mixed: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hiss and mains hum; the seed is fixed so that the files never change."""
    hiss = np.random.default_rng(seed=2026).standard_normal(mixed.shape) * _gain(HISS_DBFS)
    hum = np.sqrt(2) * _gain(HUM_DBFS) * np.sin(2 * np.pi * HUM_HZ * np.arange(mixed.shape[1]) / SAMPLE_RATE)
    return np.asarray(mixed + hiss + hum, np.float32)


def _telephone_band(mixed: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each channel between 300 and 3400 Hz."""
    low_hz, high_hz = TELEPHONE_BAND_HZ
    hz = np.fft.rfftfreq(mixed.shape[1], 1 / SAMPLE_RATE)
    edges = np.minimum(hz - low_hz, high_hz - hz) / TELEPHONE_ROLLOFF_HZ
    return np.fft.irfft(np.fft.rfft(mixed) * np.clip(edges + 1, 0, 1), n=mixed.shape[1]).astype(np.float32)


def _gain(db: float) -> float:
    return float(10 ** (db / 20))


def _as_int16(channels: NDArray[np.float32]) -> NDArray[np.int16]:
    """Shape (channels, samples) in [-1, 1] to (samples, channels)."""
    return np.round(np.clip(channels.T, -1, 1) * 32767).astype(np.int16)
