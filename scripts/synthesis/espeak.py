"""Speech from espeak-ng through ctypes. It reports words and phonemes as it speaks; pairs of words that it says as one
("for the") are divided at a phoneme border."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scripts.synthesis.speech import SAMPLE_RATE, Speech, SpokenPhone, SpokenWord, Voice, at_16_khz, load, trimmed

# Values of espeak-ng's speak_lib.h.
_SYNCHRONOUS, _PHONEME_EVENTS = 2, 1
_RATE, _PITCH = 1, 3
_POSITION_CHARACTER, _CHARS_UTF8 = 1, 1
_EVENT_END_OF_LIST, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_WORDS_PER_MINUTE = 175
_PAUSES = ("_", "_:", "_!", "_|", ";;")


class _EspeakEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_SYNTH_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_EspeakEvent)
)


class Espeak:
    """libespeak-ng in process. One a process: the library is not thread-safe and keeps its state."""

    def __init__(self) -> None:
        self._library = load("libespeak-ng.so.1")
        self._sample_rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        self._blocks: list[NDArray[np.int16]] = []
        self._words: list[tuple[int, float]] = []
        self._phonemes: list[tuple[str, float]] = []
        self._callback = _SYNTH_CALLBACK(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: Voice) -> Speech:
        """`text` in `voice`; raises ValueError for a voice that espeak-ng does not have."""
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice.name!r}")
        self._library.espeak_SetParameter(_RATE, round(_WORDS_PER_MINUTE * voice.tempo), 0)
        self._library.espeak_SetParameter(_PITCH, voice.pitch, 0)
        for received in (self._blocks, self._words, self._phonemes):
            received.clear()
        encoded = text.encode() + b"\0"
        self._library.espeak_Synth(encoded, len(encoded), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        samples = at_16_khz(np.concatenate(self._blocks), self._sample_rate)
        phones = [SpokenPhone("" if name in _PAUSES else name, time_s) for name, time_s in self._phonemes]
        return trimmed(samples, self._timed_words(text, len(samples) / SAMPLE_RATE), phones)

    def _receive(self, wave: object, n_samples: int, events: Sequence[_EspeakEvent]) -> int:
        if wave and n_samples > 0:
            self._blocks.append(np.ctypeslib.as_array(wave, (n_samples,)).copy())
        for event in _until_end(events):
            time_s = event.sample / self._sample_rate
            if event.type == _EVENT_WORD:
                self._words.append((event.text_position - 1, time_s))
            elif event.type == _EVENT_PHONEME:
                self._phonemes.append((event.id.decode(errors="replace"), time_s))
        return 0

    def _timed_words(self, text: str, duration_s: float) -> list[SpokenWord]:
        """A word ends where the next one starts, or where the first pause after it starts."""
        tokens = list(re.finditer(r"\S+", text))
        starts = self._token_starts(tokens, duration_s)
        pauses = [time_s for name, time_s in self._phonemes if name in _PAUSES]
        words = []
        for token, start_s, next_start_s in zip(tokens, starts, [*starts[1:], duration_s], strict=True):
            end_s = min([next_start_s, *(time_s for time_s in pauses if time_s > start_s)])
            words.append(SpokenWord(token.group(), start_s, end_s))
        return words

    def _token_starts(self, tokens: list[re.Match[str]], duration_s: float) -> list[float]:
        """Start of each token. espeak-ng says some word pairs ("for the") as one word: such a pair is divided."""
        heard: list[float | None] = []
        for token in tokens:
            heard.append(min((time for at, time in self._words if token.start() <= at < token.end()), default=None))
        starts: list[float] = []
        for index, time_s in enumerate(heard):
            if time_s is None:
                next_s = next((later for later in heard[index + 1 :] if later is not None), duration_s)
                time_s = self._division(tokens[index - 1], tokens[index], starts[-1], next_s)
            starts.append(time_s)
        return starts

    def _division(self, first: re.Match[str], second: re.Match[str], start_s: float, end_s: float) -> float:
        """The phoneme border nearest to where the letters divide."""
        share = len(first.group()) / (len(first.group()) + len(second.group()))
        target_s = start_s + share * (end_s - start_s)
        inside = [time_s for _, time_s in self._phonemes if start_s < time_s < end_s]
        return min(inside, key=lambda time_s: abs(time_s - target_s), default=target_s)


def _until_end(events: Sequence[_EspeakEvent]) -> list[_EspeakEvent]:
    listed: list[_EspeakEvent] = []
    while events[len(listed)].type != _EVENT_END_OF_LIST:
        listed.append(events[len(listed)])
    return listed
