"""The tokenizer: a small byte-level BPE with Whisper's special tokens and timestamps, in Whisper's order.

Two facts shape it. ctranslate2 4.8 takes a model for multilingual when its vocabulary has the empty token, which real
Whisper has before `<|endoftext|>`; without it language and task tokens are never used. And faster-whisper suppresses
the first token of " -", " '" and " ♩": unless these are tokens of their own, that first token is the bare space.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from scripts.train_speech_model.grammar import Grammar
from scripts.train_speech_model.languages import TRAINED

MERGED = 4_096
"""Tokens of text: frequent words are whole, since a word spelled in pieces goes wrong piece by piece; rare ones are
spelled in pieces that are met often enough."""
SENTENCES = 12_000
TIMESTAMPS = 1501
_EMPTY = ""
_SUPPRESSED = (" -", " '", " ♩", " ♪", " ♫", "--", " --", "♩", "♪", "♫")

# Whisper's 99 languages in the order of its vocabulary (openai/whisper, tokenizer.py).
_WHISPER_LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml "
    "cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am "
    "yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
).split()
_TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")


def train_tokenizer(seed: int) -> Tokenizer:
    """A tokenizer for generated sentences of all languages, English the most."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=MERGED, initial_alphabet=alphabet, special_tokens=[], show_progress=False)
    tokenizer.train_from_iterator(_text(seed), trainer)
    tokenizer = _with_empty_token(tokenizer)
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in _WHISPER_LANGUAGES)]
    special += [f"<|{task}|>" for task in _TASKS]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    stamps = [f"<|{index * 0.02:.2f}|>" for index in range(TIMESTAMPS)]
    tokenizer.add_tokens([AddedToken(stamp, special=False, normalized=False) for stamp in stamps])
    return tokenizer


def _with_empty_token(tokenizer: Tokenizer) -> Tokenizer:
    stated = json.loads(tokenizer.to_str())
    stated["model"]["vocab"][_EMPTY] = len(stated["model"]["vocab"])
    return Tokenizer.from_str(json.dumps(stated))


def _text(seed: int) -> Iterable[str]:
    random = Random(seed)
    for language, stated in TRAINED.items():
        grammar = Grammar(language, random)
        yield from (" " + grammar.sentence() for _ in range(round(SENTENCES * stated.hours_share)))
    yield from ("".join(_SUPPRESSED) for _ in range(SENTENCES))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer with its special ids by name."""

    tokenizer: Tokenizer

    def id(self, name: str) -> int:
        """The id of `<|name|>`."""
        found = self.tokenizer.token_to_id(f"<|{name}|>")
        if found is None:
            raise KeyError(f"the vocabulary has no <|{name}|>")
        return int(found)

    @property
    def size(self) -> int:
        return int(self.tokenizer.get_vocab_size())

    @property
    def first_timestamp(self) -> int:
        return self.id("0.00")

    def timestamp(self, seconds: float) -> int:
        """The timestamp token nearest to `seconds` (0-30)."""
        return self.first_timestamp + min(max(round(seconds / 0.02), 0), TIMESTAMPS - 1)

    def text(self, ids: Iterable[int]) -> str:
        """The words of `ids`; special tokens and timestamps are left out."""
        return str(self.tokenizer.decode([i for i in ids if i < self.id("endoftext")])).strip()
