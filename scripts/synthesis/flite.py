"""Speech from flite through ctypes. Its Segment relation keeps phones that lead back to the token they belong to."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

import numpy as np

from scripts.synthesis.cmu_phones import mnemonic
from scripts.synthesis.speech import Speech, SpokenPhone, SpokenWord, Voice, at_16_khz, load, trimmed

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


class _TimedPhone(NamedTuple):
    """`token`: address of the token that it belongs to, 0 for a pause."""

    name: str
    start_s: float
    end_s: float
    token: int


class Flite:
    """libflite in process, one a process; voices are loaded when they are first asked for."""

    def __init__(self) -> None:
        self._library = load("libflite.so.1")
        for name in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
            load(name)
        self._declare()
        self._library.flite_init()
        self._voices: dict[str, ctypes._Pointer[_FliteVoice]] = {}

    def speak(self, text: str, voice: Voice) -> Speech:
        """`text` in `voice`; raises ValueError where flite reads the text as other words than it is written in."""
        if voice.name not in self._voices:
            self._voices[voice.name] = self._registered(voice.name)
        flite_voice = self._voices[voice.name]
        self._library.feat_set_float(flite_voice.contents.features, b"duration_stretch", 1.0 / voice.tempo)
        utterance = self._library.flite_synth_text(text.encode(), flite_voice)
        try:
            wave = self._library.utt_wave(utterance).contents
            samples = np.ctypeslib.as_array(wave.samples, (wave.n_samples,)).copy()
            phones = self._timed_phones(utterance, wave.n_samples / wave.sample_rate)
            return trimmed(at_16_khz(samples, wave.sample_rate), _timed_words(text, phones), _mnemonics(phones))
        finally:
            self._library.delete_utterance(utterance)

    def _timed_phones(self, utterance: int, duration_s: float) -> list[_TimedPhone]:
        """The phones, stretched to the length of the wave."""
        library, phones, start_s = self._library, list[_TimedPhone](), 0.0
        phone = library.relation_head(library.utt_relation(utterance, b"Segment"))
        while phone:
            end_s = float(library.item_feat_float(phone, b"end"))
            name = library.item_feat_string(phone, b"name").decode()
            phones.append(_TimedPhone(name, start_s, end_s, library.path_to_item(phone, _TOKEN_OF_PHONE) or 0))
            start_s, phone = end_s, library.item_next(phone)
        scale = duration_s / start_s
        return [phone._replace(start_s=phone.start_s * scale, end_s=phone.end_s * scale) for phone in phones]

    def _registered(self, name: str) -> ctypes._Pointer[_FliteVoice]:
        register = getattr(load(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
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
            ("item_feat_string", text, (pointer, text)),
            ("feat_set_float", None, (pointer, text, ctypes.c_float)),
            ("delete_utterance", None, (pointer,)),
        ):
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments


def _timed_words(text: str, phones: list[_TimedPhone]) -> list[SpokenWord]:
    """Phones of the same token, first start to last end."""
    spans: dict[int, tuple[float, float]] = {}
    for phone in phones:
        if phone.token:
            spans[phone.token] = (spans.get(phone.token, (phone.start_s,))[0], phone.end_s)
    return [SpokenWord(token, *span) for token, span in zip(text.split(), spans.values(), strict=True)]


def _mnemonics(phones: list[_TimedPhone]) -> list[SpokenPhone]:
    return [SpokenPhone(mnemonic(phone.name), phone.start_s) for phone in phones]
