"""How well a model in training hears: greedy decoding of held-out sentences, word error rate by kind of speech."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from scripts.synthesis import Voice, speak
from scripts.train_speech_model.features import LogMel
from scripts.train_speech_model.grammar import NEW_SHARES, Grammar, held_out
from scripts.train_speech_model.languages import TRAINED
from scripts.train_speech_model.model import SpeechModel
from scripts.train_speech_model.vocabulary import Vocabulary

RATE = 16_000
_SEED = 20_000_003  # of the generated sentences; the corpus never uses it
_LEAD_S = 0.2
_MAX_TOKENS = 90


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence of an evaluation set."""

    language: str
    text: str
    samples: NDArray[np.float32]


def evaluation_sets(sentences: int) -> dict[str, list[Spoken]]:
    """A few held-out sentences of each kind: freely written and generated, three English voices, other languages."""
    english = {"espeak": Voice("espeak-ng", "gmw/en-US"), "flite": Voice("flite", "slt")}
    sets = {f"en {name}": list(_spoken("en", voice, held_out("en")[:sentences])) for name, voice in english.items()}
    for language, stated in TRAINED.items():
        grammar = Grammar(language, Random(_SEED), NEW_SHARES)
        voice = Voice("espeak-ng", next(iter(stated.voices)))
        sets[f"{language} generated"] = list(_spoken(language, voice, [grammar.sentence() for _ in range(sentences)]))
        if language != "en":
            sets[f"{language} free"] = list(_spoken(language, voice, held_out(language)[:sentences]))
    return sets


def _spoken(language: str, voice: Voice, texts: list[str]) -> Iterator[Spoken]:
    for text in texts:
        yield Spoken(language, text, speak(text, voice).samples)


@torch.inference_mode()
def word_error_rates(
    model: SpeechModel, vocabulary: Vocabulary, sets: Mapping[str, list[Spoken]], device: str
) -> dict[str, float]:
    """WER by set, language given, one sentence a window."""
    import jiwer

    rates = {}
    for name, spoken in sets.items():
        heard = greedy(model, vocabulary, spoken, device)
        references = [normalized(one.text) for one in spoken]
        rates[name] = round(float(jiwer.wer(references, [normalized(text) for text in heard])), 3)
    return rates


def greedy(model: SpeechModel, vocabulary: Vocabulary, spoken: list[Spoken], device: str) -> list[str]:
    """The most probable text of each, without timestamps. Plain: the whole prefix is computed again for every token."""
    longest = max(len(one.samples) for one in spoken) / RATE + 2 * _LEAD_S
    audio = np.zeros((len(spoken), int(longest + 1) * RATE), np.float32)
    for row, one in zip(audio, spoken, strict=True):
        row[round(_LEAD_S * RATE) :][: len(one.samples)] = one.samples
    states = model.encoder(LogMel(device)(torch.from_numpy(audio).to(device)))
    prompt = [
        [vocabulary.id(name) for name in ("startoftranscript", one.language, "transcribe", "notimestamps")]
        for one in spoken
    ]
    tokens = torch.tensor(prompt, device=device)
    end = vocabulary.id("endoftext")
    ended = torch.zeros(len(spoken), dtype=torch.bool, device=device)
    while not ended.all() and tokens.shape[1] < _MAX_TOKENS:
        logits = model.decoder(tokens, states)[0][:, -1, : end + 1]
        chosen = torch.where(ended, end, logits.argmax(-1))
        ended |= chosen == end
        tokens = torch.cat([tokens, chosen[:, None]], dim=1)
    return [vocabulary.text(row[4:]) for row in tokens.tolist()]


def normalized(text: str) -> str:
    """Lower case, hyphens as spaces, no punctuation but apostrophes: what word error rates are counted on."""
    plain = unicodedata.normalize("NFC", text).lower().replace("-", " ").replace("’", "'")
    return " ".join(re.sub(r"[^\w' ]", " ", plain).split()) or "(nothing)"
