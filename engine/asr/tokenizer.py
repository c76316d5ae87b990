"""Whisper's tokens by name, whatever the vocabulary: prompts, text, words, timestamps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class NamedIds:
    """Ids of special tokens that are the same in every language."""

    no_speech: int
    no_timestamps: int


class Vocabulary:
    """The vocabulary of a model directory; hands out one Tokenizer a language.

    `language_ids`: tokens of the languages that the model was trained for; none: all that the vocabulary has.
    """

    def __init__(self, model: Path, multilingual: bool, language_ids: Sequence[int] = ()) -> None:
        import tokenizers

        path = model / "tokenizer.json"
        try:
            self._tokens = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(
                f"{path} cannot be read", expected="a Hugging Face tokenizer.json", remedy="pull the model again"
            ) from error
        self._path = path
        self._multilingual = multilingual
        self._trained = frozenset(language_ids)
        self._by_language: dict[str, Tokenizer] = {}

    @property
    def languages(self) -> frozenset[str]:
        """Codes that the model knows; only English where it has no language tokens."""
        return frozenset(self.language_ids) if self._multilingual else frozenset({"en"})

    @cached_property
    def language_ids(self) -> dict[str, int]:
        """The language tokens by code, of the languages that the model was trained for."""
        from faster_whisper.tokenizer import _LANGUAGE_CODES

        found = {code: self._tokens.token_to_id(f"<|{code}|>") for code in _LANGUAGE_CODES}
        return {code: i for code, i in found.items() if i is not None and (not self._trained or i in self._trained)}

    @property
    def any_language(self) -> str:
        """A language that the model knows, English if it does."""
        return min(self.languages, key=lambda code: (code != "en", code))

    @cached_property
    def named_ids(self) -> NamedIds:
        """Raises ModelError where a special token is not in the vocabulary."""
        return NamedIds(
            no_speech=self._id("<|nospeech|>", "<|nocaptions|>"), no_timestamps=self._id("<|notimestamps|>")
        )

    def tokenizer(self, language: str) -> Tokenizer:
        if language not in self._by_language:
            self._by_language[language] = Tokenizer(self._tokens, language, self._multilingual)
        return self._by_language[language]

    def _id(self, *names: str) -> int:
        """The id of the first of `names` that there is; older vocabularies have older names."""
        for name in names:
            if (found := self._tokens.token_to_id(name)) is not None:
                return int(found)
        raise ModelError(
            f"{self._path} has no token {names[0]}", expected="Whisper's special tokens", remedy="pull the model again"
        )
