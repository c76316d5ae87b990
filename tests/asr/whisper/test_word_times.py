"""Word times of the torch backend beside those of faster-whisper's alignment on the same model and features."""

from __future__ import annotations

from dataclasses import dataclass, replace

import ctranslate2
import numpy as np
import pytest
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import merge_punctuations

from engine.asr.decoded import frame_buckets, padded_frames
from engine.asr.features import FeatureExtractor
from engine.asr.recognizer import WindowTask
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.config import load_profile
from engine.types import SAMPLE_RATE
from tests.asr.test_ct2 import run
from tests.conftest import plain_words

DEMO = replace(load_profile("demo").asr, compute_type="float32")
PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # faster-whisper's defaults
NEAR_S = 0.04


@dataclass(frozen=True)
class Times:
    """Starts of one window's words: as the torch backend has them, as faster-whisper has them, as they were spoken."""

    ours: list[float]
    theirs: list[float]
    spoken: list[float]


@pytest.fixture(scope="module")
def times(demo_audio, references, bundled_model):
    """Every utterance of the demo calls that fits a window and whose words were all heard, written as they were said
    ("four-five" is one word there and may be two here)."""
    utterances = list(_utterances(demo_audio, references))
    heard = run(WhisperRecognizer(DEMO, bundled_model), [WindowTask(samples, "en") for samples, _ in utterances])
    peer = WhisperModel(str(bundled_model), device="cpu", compute_type="float32")
    tokenizer = Tokenizer(peer.hf_tokenizer, peer.model.is_multilingual, task="transcribe", language="en")
    found = []
    for (samples, words), recognition in zip(utterances, heard, strict=True):
        if plain_words(recognition.text) == plain_words(" ".join(word["text"] for word in words)):
            theirs = _heard(peer, tokenizer, samples)
            found.append(Times([w.start_s for w in recognition.words], theirs, [w["start_s"] for w in words]))
    return [each for each in found if len(each.ours) == len(each.theirs) == len(each.spoken)]


def _utterances(demo_audio, references):
    """(samples, words with times in the window) of every short utterance."""
    for name, reference in references.items():
        channels = {speaker["id"]: speaker["channel"] or 0 for speaker in reference["speakers"]}
        for utterance in reference["utterances"]:
            start_s, end_s = max(utterance["start_s"] - 0.2, 0.0), utterance["end_s"] + 0.2
            if end_s - start_s < 7.5:
                words = [{**word, "start_s": word["start_s"] - start_s} for word in utterance["words"]]
                yield demo_audio[name].read(channels[utterance["speaker"]], start_s, end_s), words


def _heard(peer: WhisperModel, tokenizer: Tokenizer, samples: np.ndarray) -> list[float]:
    """Starts of the words that faster-whisper decodes greedily and aligns; features padded as the engine pads them."""
    frames = padded_frames(WindowTask(samples, "en"), frame_buckets(DEMO, 8))
    mels = FeatureExtractor(80).log_mel(samples, frames)[None]
    encoded = peer.model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(mels)))
    prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    (decoded,) = peer.model.generate(encoded, [prompt], beam_size=1, suppress_tokens=[*tokenizer.non_speech_tokens])
    tokens = [token for token in decoded.sequences_ids[0] if token < tokenizer.eot]
    (words,) = peer.find_alignment(tokenizer, [tokens], encoded, round(len(samples) / SAMPLE_RATE * 100))
    merge_punctuations(words, PREPENDED, APPENDED)
    return [float(word["start"]) for word in words if word["word"].strip()]


def test_enough_is_compared(times):
    assert sum(len(each.spoken) for each in times) >= 300


def test_words_start_where_faster_whisper_has_them(times):
    near = [abs(a - b) <= NEAR_S + 1e-6 for each in times for a, b in zip(each.ours, each.theirs, strict=True)]
    assert np.mean(near) >= 0.99


def test_words_start_no_farther_from_the_synthesis_than_faster_whisper_has_them(times):
    def errors(starts: str) -> np.ndarray:
        return np.abs(np.concatenate([np.subtract(getattr(each, starts), each.spoken) for each in times]))

    ours, theirs = errors("ours"), errors("theirs")
    assert np.median(ours) <= np.median(theirs) + 0.001
    assert np.quantile(ours, 0.95) <= np.quantile(theirs, 0.95) + 0.001
