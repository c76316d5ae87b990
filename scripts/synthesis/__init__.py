"""Synthetic speech with word and phone times, from Debian's espeak-ng, flite and festival."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from functools import cache

from scripts.synthesis.espeak import Espeak
from scripts.synthesis.festival import Festival
from scripts.synthesis.flite import Flite
from scripts.synthesis.speech import MissingSynthesizerError, Speech, SpokenPhone, SpokenWord, Voice

__all__ = ["MissingSynthesizerError", "Speech", "SpokenPhone", "SpokenWord", "Voice", "speak", "speak_each"]


def speak(text: str, voice: Voice) -> Speech:
    """`text` in `voice`; words are the whitespace-separated tokens of `text`, punctuation kept.

    Raises ValueError for an unknown voice and where the synthesizer reads other words than are written;
    MissingSynthesizerError where it, or a voice of festival, is not installed.
    """
    return _synthesizer(voice.synthesizer).speak(text, voice)


def speak_each(texts: Sequence[tuple[str, Voice]]) -> list[Speech]:
    """Each text in its voice, in a process of its own.

    espeak-ng carries its wave's phase from one text to the next, and both it and flite draw on C's random numbers: in
    a shared process a changed line would change every line after it.
    """
    with multiprocessing.get_context("fork").Pool(processes=2, maxtasksperchild=1) as pool:
        return pool.starmap(speak, texts, chunksize=1)


@cache
def _synthesizer(name: str) -> Espeak | Flite | Festival:
    return {"espeak-ng": Espeak, "flite": Flite, "festival": Festival}[name]()
