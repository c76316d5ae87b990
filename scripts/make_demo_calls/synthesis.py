"""Speech from Debian's espeak-ng and flite, in process, with the start and end of every word.

Both are C libraries reached through ctypes. Word times are the synthesizers' own events: espeak-ng reports words and
phonemes as it speaks, flite keeps a Segment relation whose phones lead back to the token they belong to.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000


class MissingSynthesizerError(Exception):
    """A shared library of espeak-ng or flite is not installed; its only argument is the library's name."""

    def __str__(self) -> str:
        return f"{self.args[0]} is missing. Install the synthesizers: apt-get install espeak-ng flite"


@dataclass(frozen=True, slots=True)
class Voice:
    """`name`: an espeak-ng voice ("gmw/en-US+f2") or a flite voice ("slt"); `tempo` 1.0 is the voice's own pace."""

    synthesizer: Literal["espeak-ng", "flite"]
    name: str
    tempo: float = 1.0
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class SpokenWord:
    text: str
    start_s: float
    end_s: float

    def shifted(self, by_s: float) -> SpokenWord:
        return SpokenWord(self.text, self.start_s + by_s, self.end_s + by_s)


@dataclass(frozen=True, slots=True)
class Speech:
    """`samples`: 16 kHz mono in [-1, 1], shape (samples,), without silence at either end."""

    samples: NDArray[np.float32]
    words: tuple[SpokenWord, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def speak_each(texts: Sequence[tuple[str, Voice]]) -> list[Speech]:
    """Each text in its voice, in a process of its own.

    espeak-ng carries its wave's phase from one text to the next, and both draw on C's random numbers: in a shared
    process a changed line would change every line after it.
    """
    with multiprocessing.get_context("fork").Pool(processes=2, maxtasksperchild=1) as pool:
        return pool.starmap(speak, texts, chunksize=1)


def speak(text: str, voice: Voice) -> Speech:
    """`text` in `voice`; words are the whitespace-separated tokens of `text`, punctuation kept."""
    samples, words = (_espeak() if voice.synthesizer == "espeak-ng" else _flite()).speak(text, voice)
    return _trimmed(samples, words)


# --- espeak-ng --------------------------------------------------------------------------------------------------------

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


class _Espeak:
    def __init__(self) -> None:
        self._library = _load("libespeak-ng.so.1")
        self._sample_rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        self._blocks: list[NDArray[np.int16]] = []
        self._words: list[tuple[int, float]] = []
        self._phonemes: list[tuple[str, float]] = []
        self._callback = _SYNTH_CALLBACK(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: Voice) -> tuple[NDArray[np.float32], list[SpokenWord]]:
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice.name!r}")
        self._library.espeak_SetParameter(_RATE, round(_WORDS_PER_MINUTE * voice.tempo), 0)
        self._library.espeak_SetParameter(_PITCH, voice.pitch, 0)
        for received in (self._blocks, self._words, self._phonemes):
            received.clear()
        encoded = text.encode() + b"\0"
        self._library.espeak_Synth(encoded, len(encoded), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        samples = _at_16_khz(np.concatenate(self._blocks), self._sample_rate)
        return samples, self._timed_words(text, len(samples) / SAMPLE_RATE)

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


# --- flite ------------------------------------------------------------------------------------------------------------

_FLITE_VOICES = ("slt", "rms")
_TOKEN_OF_PHONE = b"R:SylStructure.parent.parent.R:Token.parent"


class _FliteWave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("n_samples", ctypes.c_int),
        ("n_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _FliteVoice(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


class _Flite:
    def __init__(self) -> None:
        self._library = _load("libflite.so.1")
        for name in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
            _load(name)
        self._declare()
        self._library.flite_init()
        self._voices = {name: self._registered(name) for name in _FLITE_VOICES}

    def speak(self, text: str, voice: Voice) -> tuple[NDArray[np.float32], list[SpokenWord]]:
        flite_voice = self._voices[voice.name]
        self._library.feat_set_float(flite_voice.contents.features, b"duration_stretch", 1.0 / voice.tempo)
        utterance = self._library.flite_synth_text(text.encode(), flite_voice)
        try:
            wave = self._library.utt_wave(utterance).contents
            samples = np.ctypeslib.as_array(wave.samples, (wave.n_samples,)).copy()
            return _at_16_khz(samples, wave.sample_rate), self._timed_words(text, utterance, wave)
        finally:
            self._library.delete_utterance(utterance)

    def _timed_words(self, text: str, utterance: int, wave: _FliteWave) -> list[SpokenWord]:
        """Phones of the same token, first start to last end, stretched to the length of the wave."""
        library, spans, start_s = self._library, dict[int, tuple[float, float]](), 0.0
        phone = library.relation_head(library.utt_relation(utterance, b"Segment"))
        while phone:
            end_s = float(library.item_feat_float(phone, b"end"))
            if token := library.path_to_item(phone, _TOKEN_OF_PHONE):
                spans[token] = (spans.get(token, (start_s,))[0], end_s)
            start_s, phone = end_s, library.item_next(phone)
        scale = wave.n_samples / wave.sample_rate / start_s
        timed = zip(text.split(), spans.values(), strict=True)
        return [SpokenWord(token, first_s * scale, last_s * scale) for token, (first_s, last_s) in timed]

    def _registered(self, name: str) -> ctypes._Pointer[_FliteVoice]:
        register = getattr(_load(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
        register.restype = ctypes.POINTER(_FliteVoice)
        voice: ctypes._Pointer[_FliteVoice] = register(None)
        return voice

    def _declare(self) -> None:
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        for name, result, arguments in (
            ("flite_synth_text", pointer, (text, pointer)),
            ("utt_wave", ctypes.POINTER(_FliteWave), (pointer,)),
            ("utt_relation", pointer, (pointer, text)),
            ("relation_head", pointer, (pointer,)),
            ("item_next", pointer, (pointer,)),
            ("path_to_item", pointer, (pointer, text)),
            ("item_feat_float", ctypes.c_float, (pointer, text)),
            ("feat_set_float", None, (pointer, text, ctypes.c_float)),
            ("delete_utterance", None, (pointer,)),
        ):
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments


# --- both -------------------------------------------------------------------------------------------------------------


@cache
def _espeak() -> _Espeak:
    return _Espeak()


@cache
def _flite() -> _Flite:
    return _Flite()


def _load(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise MissingSynthesizerError(name) from error


def resampled(samples: NDArray[np.float32], sample_rate: int, wanted_rate: int) -> NDArray[np.float32]:
    """One channel at another sample rate, shape (samples,)."""
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = sample_rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=wanted_rate)
    return np.concatenate([block.to_ndarray()[0] for block in (*resampler.resample(frame), *resampler.resample(None))])


def _at_16_khz(samples: NDArray[np.int16], sample_rate: int) -> NDArray[np.float32]:
    return resampled(samples.astype(np.float32) / np.float32(32768), sample_rate, SAMPLE_RATE)


def _trimmed(samples: NDArray[np.float32], words: list[SpokenWord]) -> Speech:
    """Without the silence around the first and the last word."""
    start_s = max(words[0].start_s, 0.0)
    end_s = min(words[-1].end_s, len(samples) / SAMPLE_RATE)
    kept = samples[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]
    return Speech(kept, tuple(word.shifted(-start_s) for word in words))
