"""Mono dialogues of synthetic voices with who says what when: for developing the diarization without models.

Two folds share no voice, so that what is tuned on one is tried on the other. A dialogue has one to three voices, of
one sex or of both, and is recorded clean, over a telephone, or from across a room; some answers begin before the
other has ended. Needs espeak-ng and flite (bash scripts/install-synthesizers).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
from common import ROOT
from numpy.typing import NDArray

from engine.types import SAMPLE_RATE, Turn

sys.path.insert(0, str(ROOT))
from scripts.synthesis import Speech, Voice, speak_each

Fold = Literal["development", "test"]
Samples = NDArray[np.float32]

VOICES: dict[Fold, tuple[Voice, ...]] = {
    "development": (
        Voice("flite", "slt"),
        Voice("flite", "awb"),
        Voice("espeak-ng", "gmw/en-US+m1"),
        Voice("espeak-ng", "gmw/en-US+f1"),
        Voice("espeak-ng", "gmw/en+m3", pitch=40),
        Voice("espeak-ng", "gmw/en-GB-scotland+f2", pitch=60),
        Voice("espeak-ng", "gmw/en+m7"),
        Voice("espeak-ng", "gmw/en-US+linda"),
        Voice("espeak-ng", "gmw/en-US+rob"),
    ),
    "test": (
        Voice("flite", "rms"),
        Voice("flite", "kal16"),
        Voice("espeak-ng", "gmw/en-US+m2"),
        Voice("espeak-ng", "gmw/en-US+f3"),
        Voice("espeak-ng", "gmw/en+m4", pitch=60),
        Voice("espeak-ng", "gmw/en-GB-scotland+f4"),
        Voice("espeak-ng", "gmw/en+m8", pitch=45),
        Voice("espeak-ng", "gmw/en-US+steph"),
        Voice("espeak-ng", "gmw/en-US+michael"),
    ),
}
COUNTS = (1, 2, 2, 2, 3, 2, 1, 2)
RECORDINGS = ("clean", "telephone", "room")
PAUSES_S = (-0.3, 0.1, 0.3, 0.3, 0.8)
TURNS = (4, 16)
# What a listener says in between, a quarter of the turns: too short to know a voice by.
SHORT = ("Yes.", "Okay, thank you.", "Right, I see.", "No, not yet.", "Sure, go ahead.", "One moment please.")
SHORT_SHARE = 0.25
TELEPHONE_HZ = (300.0, 3400.0)
REVERBERATION_S = 0.25
_TEXTS = Path(__file__).parent / "text"


@dataclass(frozen=True, slots=True)
class SyntheticDialogue:
    """`samples` (samples,) at 16 kHz in [-1, 1]."""

    name: str
    samples: Samples
    reference: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    recording: str
    lines: tuple[tuple[str, Voice], ...]


def synthetic_dialogues(fold: Fold, count: int) -> Iterator[SyntheticDialogue]:
    """`count` dialogues in the voices of `fold`, the same every time; raises MissingSynthesizerError."""
    chance = Random(fold)
    plans = [_plan(chance, VOICES[fold], number) for number in range(count)]
    spoken = iter(speak_each([line for plan in plans for line in plan.lines]))
    for number, plan in enumerate(plans):
        said = [(voice, next(spoken)) for _, voice in plan.lines]
        samples, reference = _laid_out(said, chance)
        yield SyntheticDialogue(
            f"{fold} {number} {plan.recording}", _recorded(samples, plan.recording, number), reference
        )


def _plan(chance: Random, voices: tuple[Voice, ...], number: int) -> _Plan:
    speaking = chance.sample(voices, COUNTS[number % len(COUNTS)])
    lines: list[tuple[str, Voice]] = []
    for turn in range(chance.randint(*TURNS)):
        voice = speaking[turn % len(speaking)] if turn < len(speaking) else _another(chance, speaking, lines)
        if chance.random() < SHORT_SHARE:
            lines.append((chance.choice(SHORT), voice))
        else:
            lines += [(chance.choice(_sentences()), voice) for _ in range(chance.choice((1, 1, 2)))]
    return _Plan(RECORDINGS[number % len(RECORDINGS)], tuple(lines))


def _another(chance: Random, voices: list[Voice], lines: list[tuple[str, Voice]]) -> Voice:
    return chance.choice([voice for voice in voices if voice != lines[-1][1]] or voices)


def _laid_out(said: list[tuple[Voice, Speech]], chance: Random) -> tuple[Samples, tuple[Turn, ...]]:
    """Every voice at a level of its own; who goes on leaves a pause, who answers may begin early."""
    levels = {voice: 10 ** (chance.uniform(-6, 6) / 20) for voice in {voice: None for voice, _ in said}}
    turns: list[Turn] = []
    sounds: list[tuple[int, Samples]] = []
    now_s = 0.5
    for voice, line in groupby(said, key=lambda each: each[0]):
        for _, speech in line:
            sound = speech.samples * (0.05 * levels[voice] / np.sqrt(np.mean(speech.samples**2)))
            sounds.append((round(now_s * SAMPLE_RATE), sound))
            turns.append(Turn(f"{voice.name} {voice.pitch}", now_s, now_s + speech.duration_s))
            now_s = turns[-1].end_s + 0.3
        now_s = turns[-1].end_s + chance.choice(PAUSES_S)
    samples = np.zeros(max(start + len(sound) for start, sound in sounds) + SAMPLE_RATE // 2, np.float32)
    for start, sound in sounds:
        samples[start : start + len(sound)] += sound
    return samples, tuple(turns)


def _recorded(samples: Samples, recording: str, seed: int) -> Samples:
    """As a line of 300 to 3400 Hz hears it, or a microphone across a room (noise behind an exponential decay)."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(len(samples)).astype(np.float32)
    if recording == "telephone":
        hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
        inside = (hz > TELEPHONE_HZ[0]) & (hz < TELEPHONE_HZ[1])
        samples = np.fft.irfft(np.fft.rfft(samples + 0.001 * noise) * inside, len(samples)).astype(np.float32)
    elif recording == "room":
        seconds = np.arange(round(2 * REVERBERATION_S * SAMPLE_RATE)) / SAMPLE_RATE
        room = 0.05 * rng.standard_normal(len(seconds)) * 10 ** (-3 * seconds / REVERBERATION_S)
        room[0] = 1.0
        n_fft = 1 << (len(samples) + len(room)).bit_length()
        samples = np.fft.irfft(np.fft.rfft(samples, n_fft) * np.fft.rfft(room, n_fft))[: len(samples)] + 0.003 * noise
    return np.clip(samples, -1, 0.9999).astype(np.float32)


def _sentences() -> list[str]:
    """Business sentences, neither very short nor long, and without digits, which voices read differently."""
    written = (_TEXTS / "clean_business.txt").read_text("utf-8")
    return [
        each for each in re.split(r"(?<=[.?!])\s+", written) if 20 <= len(each) <= 160 and not re.search(r"\d", each)
    ]
