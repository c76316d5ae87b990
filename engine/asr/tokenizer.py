"""Whisper's tokens by name, whatever the vocabulary: prompts, text, words, timestamps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.errors import ModelError

TIMESTAMP_STEP_S = 0.02
_NO_SPACES = frozenset({"zh", "ja", "th", "lo", "my", "yue"})


class Tokenizer:
    """faster-whisper's tokenizer of one language; shared by threads."""

    def __init__(self, vocabulary: Any, language: str, multilingual: bool) -> None:
        from faster_whisper.tokenizer import Tokenizer as Whisper

        task = "transcribe" if multilingual else None
        self._whisper = Whisper(vocabulary, multilingual, task=task, language=language)
        self.language = language

    @property
    def end_of_text(self) -> int:
        return int(self._whisper.eot)

    @property
    def first_timestamp(self) -> int:
        return int(self._whisper.timestamp_begin)

    @property
    def spaced(self) -> bool:
        """Whether words of this language are separated by spaces."""
        return self.language not in _NO_SPACES

    @cached_property
    def start_sequence(self) -> list[int]:
        """Start of transcript, with language and task where the model knows them."""
        return [int(token) for token in self._whisper.sot_sequence]

    @cached_property
    def suppressed(self) -> list[int]:
        """Tokens that must not be written: annotations, music, and every special token that starts a task."""
        specials = ("transcribe", "translate", "sot", "sot_prev", "sot_lm", "no_speech")
        tokens = {getattr(self._whisper, name) for name in specials} | set(self._whisper.non_speech_tokens)
        return sorted(int(token) for token in tokens if token is not None)

    def prompt(self, timestamps: bool, initial_prompt: str) -> list[int]:
        """The tokens before the first decoded one."""
        before: list[int] = []
        if initial_prompt:
            before = [int(self._whisper.sot_prev), *self._whisper.encode(" " + initial_prompt.strip())[-223:]]
        return [*before, *self.start_sequence, *([] if timestamps else [int(self._whisper.no_timestamps)])]

    def text(self, tokens: Sequence[int]) -> str:
        """The text of `tokens`; special tokens and timestamps are left out."""
        return str(self._whisper.decode(tokens)).strip()

    def words(self, tokens: Sequence[int]) -> tuple[list[str], list[list[int]]]:
        """Words (with their leading space) and the tokens of each; by characters where the script has no spaces."""
        words, word_tokens = self._whisper.split_to_word_tokens(list(tokens))
        return list(words), [list(group) for group in word_tokens]


class Vocabulary:
    """The vocabulary of a model directory; hands out one Tokenizer a language."""

    def __init__(self, model: Path, multilingual: bool) -> None:
        import tokenizers

        path = model / "tokenizer.json"
        try:
            self._tokens = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(
                f"{path} cannot be read", expected="a Hugging Face tokenizer.json", remedy="pull the model again"
            ) from error
        self._multilingual = multilingual
        self._by_language: dict[str, Tokenizer] = {}

    @cached_property
    def languages(self) -> frozenset[str]:
        """Codes of the language tokens in the vocabulary; only English where the model has no language tokens."""
        from faster_whisper.tokenizer import _LANGUAGE_CODES

        if not self._multilingual:
            return frozenset({"en"})
        return frozenset(code for code in _LANGUAGE_CODES if self._tokens.token_to_id(f"<|{code}|>") is not None)

    def tokenizer(self, language: str) -> Tokenizer:
        if language not in self._by_language:
            self._by_language[language] = Tokenizer(self._tokens, language, self._multilingual)
        return self._by_language[language]
